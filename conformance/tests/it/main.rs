//! Every case, over every protocol, against a real server of every framework.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod cases;
mod client;

/// Makes a module for a framework with a test for each case and protocol.
macro_rules! conforms {
    ($name:ident, $framework:ty) => {
        mod $name {
            conforms!(@protocol http1, Http1, $framework);
            conforms!(@protocol http2, Http2, $framework);

            /// What only HTTP/1.1 has.
            mod http1_only {
                conforms!(@cases $framework, Http1, bodies {
                    a_denied_request_is_not_asked_for_its_body
                });
                conforms!(@cases $framework, Http1, transport {
                    connections_upgrade
                });
            }
        }
    };
    (@protocol $name:ident, $protocol:ident, $framework:ty) => {
        mod $name {
            conforms!(@cases $framework, $protocol, answers {
                a_limit_counts_denies_and_ends,
                several_limits_show_the_nearest_and_all_policies,
                limits_can_be_kept_from_clients,
                a_bot_is_refused_in_the_format_that_it_names,
                no_method_of_a_denied_request_reaches_a_handler,
                a_dry_run_shows_nothing,
                what_cannot_be_judged_follows_the_policy,
                the_answer_can_be_the_applications_own,
                a_denial_in_a_handler_is_the_answer
            });
            conforms!(@cases $framework, $protocol, bodies {
                an_attack_in_a_body_is_denied,
                an_attack_deep_in_a_body_is_denied_as_far_as_the_adapter_sees,
                a_body_arrives_whole,
                a_body_that_is_late_follows_the_policy,
                a_body_that_breaks_off_harms_nobody,
                what_no_rule_reads_is_not_searched
            });
            conforms!(@cases $framework, $protocol, clients {
                the_peer_is_the_client,
                a_trusted_proxy_names_the_client,
                forwarding_headers_of_strangers_do_not_count
            });
            conforms!(@cases $framework, $protocol, transport {
                large_uploads_stream,
                uploads_begin_before_they_end,
                events_arrive_while_the_stream_goes_on
            });
        }
    };
    (@cases $framework:ty, $protocol:ident, $group:ident { $($case:ident),* }) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::cases::$group::$case::<$framework>(crate::client::Protocol::$protocol).await;
            }
        )*
    };
}

conforms!(axum, conformance::Axum);
conforms!(actix, conformance::Actix);
conforms!(rocket, conformance::Rocket05);
