"""What the time server of the sources would say in three moments."""

from datetime import datetime

for microsecond in (0, 1, 120000):
    print(datetime(2025, 1, 20, 14, 30, 45, microsecond).isoformat())
