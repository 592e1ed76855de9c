//! Headers between the runtime's form and `http`'s. Nothing is joined or dropped that the runtime kept apart.

use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use worker::web_sys::Headers;

/// Headers as received. (The runtime joins repeated fields with a comma, `set-cookie` excepted.)
pub(crate) fn from_js(headers: &Headers) -> HeaderMap {
    headers
        .entries()
        .into_iter()
        .filter_map(|entry| {
            let entry = entry.ok()?.dyn_into::<Array>().ok()?;
            let name = HeaderName::try_from(entry.get(0).as_string()?).ok()?;
            let value = HeaderValue::from_str(&entry.get(1).as_string()?).ok()?;
            Some((name, value))
        })
        .fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
}

/// Headers to send. The message's framing is left to the runtime.
///
/// # Errors
/// What the runtime threw, for a value that it takes for no header.
pub(crate) fn to_js(map: &HeaderMap) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in map.iter().filter(|(name, _)| !FRAMING.contains(name)) {
        headers.append(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))?;
    }
    Ok(headers)
}

const FRAMING: [HeaderName; 3] = [CONTENT_LENGTH, HOST, TRANSFER_ENCODING];
