//! RS256 signatures by WebCrypto: big numbers in wasm would cost more than a call may.

use crate::platform::Edge;
use js_sys::{Array, Object, Reflect, Uint8Array};
use proxyagent_core::cloud::vertex::service_account::pkcs8;
use proxyagent_core::ports::Signer;
use proxyagent_core::secret::Secret;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{CryptoKey, WorkerGlobalScope};

impl Signer for Edge {
    async fn rs256(&self, key: &Secret, message: &[u8]) -> Option<Vec<u8>> {
        sign(&pkcs8(key)?, message).await.ok()
    }
}

async fn sign(pkcs8: &[u8], message: &[u8]) -> Result<Vec<u8>, JsValue> {
    let subtle = js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()?.subtle();
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &ALGORITHM.into())?;
    Reflect::set(&algorithm, &"hash".into(), &"SHA-256".into())?;
    let usages = Array::of1(&"sign".into());
    let bytes = Uint8Array::from(pkcs8);
    let key = subtle.import_key_with_object("pkcs8", &bytes, &algorithm, false, &usages)?;
    let key: CryptoKey = JsFuture::from(key).await?.unchecked_into();
    // A copy: the runtime may not look at memory that grows meanwhile.
    let message = Uint8Array::from(message);
    let signature = JsFuture::from(subtle.sign_with_str_and_js_u8_array(ALGORITHM, &key, &message)?).await?;
    Ok(Uint8Array::new(&signature).to_vec())
}

const ALGORITHM: &str = "RSASSA-PKCS1-v1_5";
