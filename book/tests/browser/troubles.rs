//! What may not happen while a page is shown, told from the browser's events.

use serde_json::Value;

/// What is wrong about an event, if something is. A request to anywhere but `origin` is.
pub(crate) fn of(event: &Value, origin: &str) -> Option<String> {
    let about = &event["params"];
    match event["method"].as_str()? {
        "Runtime.consoleAPICalled" => {
            let kind = about["type"].as_str()?;
            let said = &about["args"][0];
            let said = said["value"].as_str().or(said["description"].as_str()).unwrap_or("…");
            matches!(kind, "error" | "warning" | "assert").then(|| format!("console {kind}: {said}"))
        }
        "Runtime.exceptionThrown" => {
            Some(format!("exception: {}", about["exceptionDetails"]["exception"]["description"]))
        }
        "Log.entryAdded" => {
            let entry = &about["entry"];
            let is_serious = matches!(entry["level"].as_str()?, "error" | "warning");
            is_serious.then(|| format!("browser's log: {} {}", entry["text"], entry["url"]))
        }
        // A request is cancelled when another page is opened.
        "Network.loadingFailed" if about["canceled"] != true => {
            Some(format!("request failed: {}", about["errorText"]))
        }
        "Network.responseReceived" if about["response"]["status"].as_u64()? >= 400 => {
            Some(format!("{} for {}", about["response"]["status"], about["response"]["url"]))
        }
        "Network.requestWillBeSent" => {
            let url = about["request"]["url"].as_str()?;
            let is_ours = [origin, "data:", "blob:", "about:"].iter().any(|start| url.starts_with(start));
            (!is_ours).then(|| format!("request to another host: {url}"))
        }
        _ => None,
    }
}
