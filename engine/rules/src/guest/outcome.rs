//! Outcomes, from this library's types to the component's.

use super::bindings::arcjet::rules::types;
use crate::{
    BotReason, Conclusion, Detection, EmailReason, EmailType, FilterReason, MissingInput, Outcome,
    PromptInjectionReason, Reason, SensitiveInfoReason, ShieldReason, sensitive_info::SensitiveSpan,
};

pub(super) fn outcome(outcome: Outcome) -> types::Outcome {
    let conclusion = match outcome.conclusion {
        Conclusion::Allow => types::Conclusion::Allow,
        Conclusion::Deny => types::Conclusion::Deny,
        Conclusion::Error => types::Conclusion::Error,
    };
    let reason = match outcome.reason {
        Reason::Bot(reason) => types::Reason::Bot(bot(reason)),
        Reason::Shield(reason) => types::Reason::Shield(shield(reason)),
        Reason::Email(reason) => types::Reason::Email(email(reason)),
        Reason::SensitiveInfo(reason) => types::Reason::SensitiveInfo(sensitive_info(reason)),
        Reason::Filter(FilterReason {
            matched,
            undetermined,
        }) => types::Reason::Filter(types::FilterReason {
            matched,
            undetermined,
        }),
        Reason::PromptInjection(reason) => types::Reason::PromptInjection(prompt_injection(reason)),
        Reason::Error(missing) => types::Reason::Error(types::ErrorReason {
            missing: match missing {
                MissingInput::UserAgent => types::MissingInput::UserAgent,
                MissingInput::Email => types::MissingInput::Email,
                MissingInput::SensitiveText => types::MissingInput::SensitiveText,
                MissingInput::Message => types::MissingInput::Message,
            },
            message: missing.message().to_owned(),
        }),
    };
    types::Outcome { conclusion, reason }
}

fn bot(reason: BotReason) -> types::BotReason {
    types::BotReason {
        allowed: owned(reason.allowed),
        denied: owned(reason.denied),
        signals: owned(reason.signals),
    }
}

fn shield(reason: ShieldReason) -> types::ShieldReason {
    types::ShieldReason {
        score: reason.score,
        detections: reason.detections.into_iter().map(detection).collect(),
        omitted: reason.more_detections,
    }
}

fn detection(detection: Detection) -> types::Detection {
    types::Detection {
        detector: detection.detector.to_owned(),
        category: detection.category.as_str().to_owned(),
        part: detection.part.as_str().to_owned(),
        parameter: detection.parameter,
        score: detection.score.into(),
    }
}

fn email(reason: EmailReason) -> types::EmailReason {
    let names = |types: Vec<EmailType>| types.into_iter().map(|kind| kind.as_str().to_owned()).collect();
    types::EmailReason {
        allowed: names(reason.allowed),
        denied: names(reason.denied),
        fault: reason.fault.map(|fault| fault.as_str().to_owned()),
        mail_domain: reason.mail_domain,
    }
}

fn sensitive_info(reason: SensitiveInfoReason) -> types::SensitiveInfoReason {
    types::SensitiveInfoReason {
        allowed: reason.allowed.into_iter().map(span).collect(),
        denied: reason.denied.into_iter().map(span).collect(),
    }
}

fn span(span: SensitiveSpan) -> types::SensitiveSpan {
    types::SensitiveSpan {
        start: span.start,
        end: span.end,
        entity: span.entity.name().to_owned(),
    }
}

fn prompt_injection(reason: PromptInjectionReason) -> types::PromptInjectionReason {
    types::PromptInjectionReason {
        score: reason.score,
        signals: owned(reason.signals),
    }
}

fn owned(list: Vec<&'static str>) -> Vec<String> {
    list.into_iter().map(str::to_owned).collect()
}
