//! Keys, as a reader's keyboard sends them.

use anyhow::Result;
use serde_json::json;

use crate::browser::Browser;

impl Browser {
    /// Presses a key by its name (`Tab`, `Enter`, `ArrowDown`, …), or the one that types a character.
    pub(crate) fn press(&mut self, key: &str) -> Result<()> {
        let (code, text) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            " " => (32, Some(" ")),
            "ArrowLeft" => (37, None),
            "ArrowRight" => (39, None),
            "ArrowDown" => (40, None),
            _ => (0, Some(key)),
        };
        let mut event = json!({ "type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code });
        let mut down = event.clone();
        down["type"] = json!(if text.is_some() { "keyDown" } else { "rawKeyDown" });
        down["text"] = json!(text.unwrap_or_default());
        self.call("Input.dispatchKeyEvent", &down)?;
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", &event).map(drop)
    }

    /// Types a text, character by character.
    pub(crate) fn type_text(&mut self, text: &str) -> Result<()> {
        text.chars().try_for_each(|character| self.press(&character.to_string()))
    }
}
