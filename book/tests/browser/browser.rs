//! One headless Chromium, driven by the DevTools protocol over a pair of pipes: requests, replies and events are
//! JSON, each of which ends with a NUL (`chromium --remote-debugging-pipe`, file descriptors 3 and 4).

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::troubles;

/// Debian's Chromium.
pub(crate) const PROGRAM: &str = "/usr/bin/chromium";

/// How long the browser may take for one thing, on a machine that is busy with others.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page open.
pub(crate) struct Browser {
    process: Child,
    requests: ChildStdin,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    troubles: Vec<String>,
    session: Option<String>,
    last_id: u64,
    origin: String,
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn is_installed() -> bool {
        Path::new(PROGRAM).is_file()
    }

    /// Starts it with a profile of its own.
    pub(crate) fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        // The shell puts our pipes where Chromium looks for them.
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null"#, "sh", PROGRAM])
            // It shows our own pages only; and its sandbox refuses root, and needs what CI's machines forbid.
            .args(["--headless", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run"])
            .args(["--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
            // Nothing of its own over the network: a test counts requests.
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {PROGRAM}"))?;
        let requests = process.stdin.take().context("it was piped")?;
        let mut replies = BufReader::new(process.stdout.take().context("it was piped")?);
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while replies.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            process,
            requests,
            messages,
            events: VecDeque::new(),
            troubles: Vec::new(),
            session: None,
            last_id: 0,
            origin: String::new(),
            _profile: profile,
        };
        browser.attach()?;
        Ok(browser)
    }

    fn attach(&mut self) -> Result<()> {
        let created = self.call("Target.createTarget", &json!({ "url": "about:blank" }))?;
        let target = json!({ "targetId": created["targetId"], "flatten": true });
        let attached = self.call("Target.attachToTarget", &target)?;
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}))?;
        }
        Ok(())
    }

    /// Forgets what earlier tests stored and changed. Requests to anywhere but `origin` are troubles from now on.
    pub(crate) fn begin_anew(&mut self, origin: &str) -> Result<()> {
        self.origin = origin.to_owned();
        self.call("Storage.clearDataForOrigin", &json!({ "origin": origin, "storageTypes": "all" }))?;
        self.run_scripts(true)?;
        self.resize(1280)?;
        self.open("about:blank")?;
        self.take_troubles();
        Ok(())
    }

    /// Sends a request, and waits for its reply.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.last_id += 1;
        let mut request = json!({ "id": self.last_id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        let mut bytes = serde_json::to_vec(&request)?;
        bytes.push(0);
        self.requests.write_all(&bytes).context("Chromium has ended")?;

        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut message = self.receive(deadline).with_context(|| format!("no reply to {method}"))?;
            if message["id"] != self.last_id {
                self.note(message);
            } else if message["error"].is_null() {
                return Ok(message["result"].take());
            } else {
                bail!("{method}: {}", message["error"]["message"]);
            }
        }
    }

    fn receive(&self, deadline: Instant) -> Result<Value> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.messages.recv_timeout(left).map_err(|error| anyhow!("Chromium says nothing: {error}"))
    }

    fn note(&mut self, event: Value) {
        self.troubles.extend(troubles::of(&event, &self.origin));
        self.events.push_back(event);
    }

    /// Does something that makes the browser load a page, and waits until it has.
    pub(crate) fn loads(&mut self, action: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        while let Ok(message) = self.messages.try_recv() {
            self.note(message);
        }
        self.events.clear();
        action(self)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(event) = self.events.pop_front() {
                if event["method"] == "Page.loadEventFired" {
                    return Ok(());
                }
            }
            let message = self.receive(deadline).context("no page is loaded")?;
            self.note(message);
        }
    }

    /// Opens a page.
    pub(crate) fn open(&mut self, url: &str) -> Result<()> {
        let navigate = |browser: &mut Self| {
            let reply = browser.call("Page.navigate", &json!({ "url": url }))?;
            reply["errorText"].as_str().map_or(Ok(()), |error| bail!("{error}"))
        };
        self.loads(navigate).with_context(|| format!("cannot open {url}"))
    }

    /// Loads the page again.
    pub(crate) fn reload(&mut self) -> Result<()> {
        self.loads(|browser| browser.call("Page.reload", &json!({})).map(drop))
    }

    /// The value of a JavaScript expression; of a promise, what it comes to.
    pub(crate) fn evaluate<T: DeserializeOwned>(&mut self, expression: &str) -> Result<T> {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut reply = self.call("Runtime.evaluate", &parameters)?;
        if !reply["exceptionDetails"].is_null() {
            bail!("{expression}: {}", reply["exceptionDetails"]["exception"]["description"]);
        }
        Ok(serde_json::from_value(reply["result"]["value"].take())?)
    }

    /// Waits until a JavaScript condition is true.
    pub(crate) fn until(&mut self, condition: &str) -> Result<()> {
        let looks = format!(
            "new Promise(done => {{ const look = () => ({condition}) ? done(true) : setTimeout(look, 10); look(); }})"
        );
        self.evaluate::<bool>(&looks).map(drop).with_context(|| format!("never true: {condition}"))
    }

    /// Makes the window so many pixels wide.
    pub(crate) fn resize(&mut self, width: u32) -> Result<()> {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size).map(drop)
    }

    /// Whether the pages that are opened from now on may run scripts.
    pub(crate) fn run_scripts(&mut self, may: bool) -> Result<()> {
        self.call("Emulation.setScriptExecutionDisabled", &json!({ "value": !may })).map(drop)
    }

    /// What went wrong since it was asked last: complaints, failed requests, requests to others.
    pub(crate) fn take_troubles(&mut self) -> Vec<String> {
        while let Ok(message) = self.messages.try_recv() {
            self.note(message);
        }
        std::mem::take(&mut self.troubles)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
