//! TLS of the HTTP client: a server whose certificate a file of the settings has signed is spoken to, no other.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_consumer_core::http::settings::BaseUrl;
use catchwater_consumer_core::http::{Client, Failure, Request, Settings};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server with a certificate for `localhost` of its own, which is written to `ca_file`. Answers one request a
/// connection.
async fn server(ca_file: &Path) -> SocketAddr {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).unwrap();
    std::fs::write(ca_file, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us ends the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsecret";
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

fn client(url: &str, ca_file: Option<&Path>) -> Client {
    let settings = Settings::new(BaseUrl::parse(url).unwrap());
    Client::new(Settings { ca_file: ca_file.map(Path::to_path_buf), ..settings }).unwrap()
}

#[tokio::test]
async fn a_server_is_spoken_to_if_its_signer_is_trusted_and_its_name_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, others) = (folder.path().join("ca.pem"), folder.path().join("other.pem"));
    let port = server(&ours).await.port();
    server(&others).await;
    let localhost = format!("https://localhost:{port}");
    let answer = client(&localhost, Some(&ours)).send(Request::get("/")).await.unwrap();
    assert_eq!(&answer.body[..], b"secret");
    let other_name = format!("https://127.0.0.1:{port}");
    for (url, ca_file) in [(&localhost, Some(&others)), (&other_name, Some(&ours))] {
        let failure = client(url, ca_file.map(|f| f.as_path())).send(Request::get("/")).await.unwrap_err();
        assert!(matches!(&failure, Failure::NotReached { .. }), "{failure}");
        assert!(failure.to_string().contains("certificate"), "{failure}");
    }
}

#[test]
fn a_file_without_certificates_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let settings = Settings::new(BaseUrl::parse("https://localhost").unwrap());
    let error = Client::new(Settings { ca_file: Some(file), ..settings }).unwrap_err().to_string();
    assert!(error.contains("ca.pem") && error.contains("there is none in it"), "{error}");
}
