//! A second machine for a session: another network namespace at the far end of a cable.

use std::process::{Child, Command};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::record::{LOOK_AGAIN, PATIENCE, shell};

/// `lab0`, 10.77.0.1/24, here; `far0`, 10.77.0.254/24, there. Their hardware addresses are those of the fixtures.
pub(crate) struct Cable {
    /// Keeps the far namespace alive.
    holder: Child,
}

impl Cable {
    /// Makes the far namespace and both ends, up and with their addresses, without IPv6's chatter.
    pub(crate) fn plug() -> Result<Self> {
        let holder = Command::new("unshare")
            .args(["--net", "sleep", "infinity"])
            .spawn()
            .context("cannot start `unshare --net`")?;
        let cable = Self { holder };
        cable.wait_for_namespace()?;
        let far = cable.holder.id();
        shell(&format!(
            "ip link add lab0 address 02:00:0a:4d:00:01 type veth peer name far0 address 02:00:0a:4d:00:fe netns {far}"
        ))?;
        shell("ip link set lab0 addrgenmode none up && ip addr add 10.77.0.1/24 dev lab0")?;
        cable.at_far_end("ip link set far0 addrgenmode none up && ip addr add 10.77.0.254/24 dev far0")?;
        Ok(cable)
    }

    /// The words to put before a command, so that it runs at the far end.
    pub(crate) fn prefix(&self) -> [String; 2] {
        ["nsenter".to_owned(), format!("--net=/proc/{}/ns/net", self.holder.id())]
    }

    /// Runs a shell command at the far end.
    pub(crate) fn at_far_end(&self, command: &str) -> Result<()> {
        let [nsenter, net] = self.prefix();
        let output = Command::new(nsenter).args([&net, "sh", "-c", command]).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`{command}` failed at the far end: {}", said.trim());
        Ok(())
    }

    /// `unshare` has done its work once its network namespace is not ours.
    fn wait_for_namespace(&self) -> Result<()> {
        let ours = std::fs::read_link("/proc/self/ns/net")?;
        let deadline = Instant::now() + PATIENCE;
        while std::fs::read_link(format!("/proc/{}/ns/net", self.holder.id())).is_ok_and(|its| its == ours) {
            ensure!(Instant::now() < deadline, "no second network namespace in {} s", PATIENCE.as_secs());
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
