//! A tenant's own domain: what is sent to it must be meant for that tenant.

use std::net::IpAddr;

use lambda_http::http::{HeaderMap, header};

use super::unauthorized;
use crate::{domain::TenantId, problem::Problem, store::Tenants};

/// The `Host` header. `None`: it is missing, or it is not text.
pub fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

/// Refuses a request whose host belongs to another tenant than its credential. Hosts that belong to no tenant, such as the
/// API's own, serve every tenant.
///
/// `tenant_domain`: the domain below which each tenant has a host.
pub(super) async fn check(
    tenants: &Tenants,
    tenant_domain: Option<&str>,
    tenant: &TenantId,
    host: Option<&str>,
) -> Result<(), Problem> {
    let Some(host) = host.and_then(host_name) else { return Ok(()) };
    let other = || unauthorized("the host is another tenant's");
    if let Some(domain) = tenant_domain
        && let Some(name) = host.strip_suffix(domain).and_then(|name| name.strip_suffix('.'))
    {
        return if name == tenant.as_str() { Ok(()) } else { Err(other()) };
    }
    match tenants.host_owner(&host).await {
        Ok(Some(owner)) if owner != *tenant => Err(other()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The name in a Host header, in lower case and without its port; `None` for one that can be no tenant's own: the
/// names API Gateway gives, addresses, and this machine.
fn host_name(header: &str) -> Option<String> {
    let host = header.trim().to_ascii_lowercase();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => &host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let given = [".amazonaws.com", ".amazonaws.com.cn", ".localhost"].iter().any(|suffix| name.ends_with(suffix));
    if given || name == "localhost" || name.starts_with('[') || name.parse::<IpAddr>().is_ok() || !name.contains('.') {
        return None;
    }
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_own_domain_is_told_from_the_names_that_every_api_has() {
        for (header, name) in [
            ("Book.Contoso.com", "book.contoso.com"),
            ("book.contoso.com:8443", "book.contoso.com"),
            ("book.contoso.com.", "book.contoso.com"),
        ] {
            assert_eq!(host_name(header).as_deref(), Some(name), "{header}");
        }
        for header in [
            "",
            "127.0.0.1:9000",
            "[::1]:9000",
            "localhost:9000",
            "a1b2.execute-api.eu-central-1.amazonaws.com",
            "a1b2.execute-api.cn-north-1.amazonaws.com.cn",
            "a1b2.execute-api.localhost:4566",
        ] {
            assert_eq!(host_name(header), None, "{header}");
        }
    }
}
