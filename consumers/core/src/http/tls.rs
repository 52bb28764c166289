//! TLS by rustls with ring (aws-lc needs a C and an assembler tool chain and a minute to build).

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// Why no TLS can be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of certificates.
    #[error("cannot read certificates (PEM) of {file}: {cause}")]
    File {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The system has no certificates that it trusts.
    #[error("the system has no certificates that it trusts; install ca-certificates or set `ca_file`: {0}")]
    NoRoots(String),
    /// rustls refuses the settings.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// The client's side of TLS 1.2 and 1.3. The certificates are those of `ca_file`, else those the system trusts.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let roots = match ca_file {
        Some(file) => roots_of(file)?,
        None => roots_of_system()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn roots_of(file: &Path) -> Result<RootCertStore, TlsError> {
    let wrong = |cause: String| TlsError::File { file: file.display().to_string(), cause };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| wrong(e.to_string()))? {
        roots.add(certificate.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("there is none in it".into())) } else { Ok(roots) }
}

fn roots_of_system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let causes: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(TlsError::NoRoots(causes.join(", ")));
    }
    Ok(roots)
}
