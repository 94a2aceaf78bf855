-- Version 3: which layers of isolation held the programs of a grading, as JSON {"active": [names], "missing": [names]}.
-- NULL: none was run (the lab is missing or does not compile), or it was graded before version 3.
ALTER TABLE grading ADD COLUMN isolation TEXT;
