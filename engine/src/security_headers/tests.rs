use std::time::Duration;

use super::*;

/// What `nosecone()` of the npm package nosecone 1.13.0 returns.
const NOSECONE: &str = "\
content-security-policy: base-uri 'none'; child-src 'none'; connect-src 'self'; default-src 'self'; font-src 'self'; \
form-action 'self'; frame-ancestors 'none'; frame-src 'none'; img-src 'self' blob: data:; manifest-src 'self'; \
media-src 'self'; object-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self';
cross-origin-embedder-policy: require-corp
cross-origin-opener-policy: same-origin
cross-origin-resource-policy: same-origin
origin-agent-cluster: ?1
referrer-policy: no-referrer
strict-transport-security: max-age=31536000; includeSubDomains
x-content-type-options: nosniff
x-dns-prefetch-control: off
x-download-options: noopen
x-frame-options: SAMEORIGIN
x-permitted-cross-domain-policies: none
x-xss-protection: 0
";

fn text(headers: &SecurityHeaders) -> String {
    headers
        .fixed()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect()
}

#[test]
fn the_defaults_are_nosecones() {
    assert_eq!(text(&SecurityHeaders::default()), NOSECONE);
    assert_eq!(
        SecurityHeaders::builder().build().unwrap(),
        SecurityHeaders::default()
    );
    assert!(!SecurityHeaders::default().has_nonces());
}

#[test]
fn everything_can_be_changed_and_left_out() {
    let headers = SecurityHeaders::builder()
        .content_security_policy(
            ContentSecurityPolicy::empty()
                .set(Directive::UpgradeInsecureRequests, [] as [Source; 0])
                .set(Directive::DefaultSrc, [Source::NONE])
                .allow(Directive::DefaultSrc, ["https://a.example", "https://a.example"]),
        )
        .report_only(true)
        .cross_origin_embedder_policy(None)
        .cross_origin_opener_policy(CrossOriginOpenerPolicy::UnsafeNone)
        .cross_origin_resource_policy(CrossOriginResourcePolicy::SameSite)
        .origin_agent_cluster(false)
        .referrer_policy([
            ReferrerPolicy::NoReferrer,
            ReferrerPolicy::StrictOriginWhenCrossOrigin,
        ])
        .strict_transport_security(
            StrictTransportSecurity::new(Duration::from_millis(1_999))
                .include_subdomains(false)
                .preload(true),
        )
        .content_type_options(false)
        .dns_prefetch_control(true)
        .download_options(false)
        .frame_options(FrameOptions::Deny)
        .permitted_cross_domain_policies(None)
        .xss_protection(false)
        .header("Permissions-Policy", "camera=()")
        .build()
        .unwrap();
    let expected = "\
content-security-policy-report-only: default-src https://a.example; upgrade-insecure-requests;
cross-origin-opener-policy: unsafe-none
cross-origin-resource-policy: same-site
referrer-policy: no-referrer,strict-origin-when-cross-origin
strict-transport-security: max-age=1; preload
x-dns-prefetch-control: on
x-frame-options: DENY
permissions-policy: camera=()
";
    assert_eq!(text(&headers), expected);
    let none = SecurityHeaders::builder()
        .content_security_policy(None)
        .referrer_policy([])
        .build()
        .unwrap();
    assert!(!text(&none).contains("policy: base-uri") && !text(&none).contains("referrer"));
}

#[test]
fn a_nonce_is_in_every_place_that_names_it_and_never_the_same() {
    let policy = ContentSecurityPolicy::empty()
        .set(Directive::ScriptSrc, [Source::SELF, Source::NONCE])
        .set(Directive::StyleSrc, [Source::NONCE, Source::SELF]);
    let headers = SecurityHeaders::builder()
        .content_security_policy(policy)
        .build()
        .unwrap();
    assert!(headers.has_nonces() && !text(&headers).contains("content-security-policy"));
    let [one, other] = [CspNonce::random(), CspNonce::random()];
    assert_ne!(one, other);
    assert_eq!(
        (one.as_str().len(), format!("{one:?}")),
        (24, "CspNonce(..)".to_owned())
    );
    let expected = format!("script-src 'self' 'nonce-{one}'; style-src 'nonce-{one}' 'self';");
    assert_eq!(
        headers.with_nonce(&one),
        Some(("content-security-policy", expected))
    );
    assert_eq!(SecurityHeaders::default().with_nonce(&one), None);
}

#[test]
fn what_would_change_the_rest_is_refused() {
    for (source, problem) in [
        ("self", "`self` is a host without quotes"),
        ("https://a.example; script-src *", "is no source"),
        ("a,b", "is no source"),
        ("a\nb", "is no source"),
        ("ü", "is no source"),
    ] {
        let policy = ContentSecurityPolicy::new().set(Directive::ImgSrc, [source]);
        let error = SecurityHeaders::builder()
            .content_security_policy(policy)
            .build()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("content_security_policy[img-src]") && error.contains(problem),
            "{error}"
        );
    }
    let both = ContentSecurityPolicy::new().set(Directive::ImgSrc, [Source::NONE, Source::SELF]);
    assert!(
        SecurityHeaders::builder()
            .content_security_policy(both)
            .build()
            .is_err()
    );
    for (name, value) in [
        ("a b", "x"),
        ("", "x"),
        ("x", "a\r\nb"),
        ("x", "ü"),
        ("Content-Security-Policy", "x"),
    ] {
        let error = SecurityHeaders::builder()
            .header(name, value)
            .build()
            .unwrap_err()
            .to_string();
        assert!(error.contains("header["), "{error}");
    }
}
