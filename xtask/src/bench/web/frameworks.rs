//! What is compared in each framework, and what the figures are held against.

/// A framework, and the servers on it.
pub(super) struct Framework {
    pub(super) name: &'static str,
    /// The program of `arcjet-benches` that serves it.
    pub(super) program: &'static str,
    pub(super) variants: &'static [Variant],
    /// The variant without any protection.
    pub(super) bare: &'static str,
    /// The variant that an allowed request is measured in; to refuse one may not cost more.
    pub(super) allow: &'static str,
    /// The most that a variant may add to a request's processor time, in microseconds.
    pub(super) adds: &'static [(&'static str, f64)],
}

/// A server and its load.
pub(super) struct Variant {
    pub(super) name: &'static str,
    /// What stands before the handler, as the program takes it.
    pub(super) protection: &'static str,
    /// Who asks, as `wrk.lua` takes it.
    pub(super) load: &'static str,
    /// Whether every request is refused, or none.
    pub(super) refused: bool,
    /// The variant that allows what is like these requests but for the verdict, if it isn't the framework's.
    pub(super) allow: Option<&'static str>,
    ours: bool,
}

impl Variant {
    const fn ours(name: &'static str, protection: &'static str) -> Self {
        Self {
            name,
            protection,
            load: "browser",
            refused: false,
            allow: None,
            ours: true,
        }
    }

    const fn other(name: &'static str, protection: &'static str) -> Self {
        Self {
            ours: false,
            ..Self::ours(name, protection)
        }
    }

    const fn refused(self) -> Self {
        Self {
            refused: true,
            ..self
        }
    }

    const fn against(self, allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..self
        }
    }

    const fn load(self, load: &'static str) -> Self {
        Self { load, ..self }
    }

    pub(super) fn is_ours_and_refused(&self) -> bool {
        self.ours && self.refused
    }
}

pub(super) const FRAMEWORKS: [Framework; 3] = [AXUM, ACTIX, ROCKET];

const AXUM: Framework = Framework {
    name: "axum",
    program: "web",
    variants: &[
        Variant::other("axum without a layer", "none"),
        Variant::other("axum without a layer, new browsers", "none").load("new-browsers"),
        Variant::ours("layer, no rules", "no-rules"),
        Variant::ours("layer, limit, allow", "limit"),
        Variant::ours("layer, limit without headers, allow", "limit-without-headers"),
        Variant::ours("layer, bots and limit, allow", "bots-and-limit"),
        Variant::ours("layer, shield, bots and limit, allow", "whole-set"),
        Variant::ours("layer, bots and limit, new browsers allowed", "bots-and-limit").load("new-browsers"),
        Variant::ours("layer, bots and limit, new bots denied", "bots-and-limit")
            .load("new-bots")
            .refused()
            .against("layer, bots and limit, new browsers allowed"),
        Variant::ours("layer, bots and limit, bot denied, cached", "bots-and-limit")
            .load("bot")
            .refused(),
        Variant::ours("layer, limit denied, cached", "spent-limit").refused(),
        Variant::other("tower_governor, allow", "governor"),
        Variant::other("tower_governor with headers, allow", "governor-with-headers"),
        Variant::other("tower_governor, denied", "spent-governor").refused(),
    ],
    bare: "axum without a layer",
    allow: "layer, bots and limit, allow",
    adds: &[
        ("layer, limit, allow", 1.0),
        ("layer, bots and limit, allow", 8.0),
        ("layer, shield, bots and limit, allow", 20.0),
    ],
};

const ACTIX: Framework = Framework {
    name: "actix-web",
    program: "web_actix",
    variants: &[
        Variant::other("actix-web without a middleware", "none"),
        Variant::ours("middleware, no rules", "no-rules"),
        Variant::ours("middleware, limit, allow", "limit"),
        Variant::ours(
            "middleware, limit without headers, allow",
            "limit-without-headers",
        ),
        Variant::ours("middleware, bots and limit, allow", "bots-and-limit"),
        Variant::ours("middleware, shield, bots and limit, allow", "whole-set"),
        Variant::ours(
            "middleware, bots and limit, new browsers allowed",
            "bots-and-limit",
        )
        .load("new-browsers"),
        Variant::ours("middleware, bots and limit, new bots denied", "bots-and-limit")
            .load("new-bots")
            .refused()
            .against("middleware, bots and limit, new browsers allowed"),
        Variant::ours("middleware, bots and limit, bot denied, cached", "bots-and-limit")
            .load("bot")
            .refused(),
        Variant::ours("middleware, limit denied, cached", "spent-limit").refused(),
        Variant::other("actix-governor, allow", "governor"),
        Variant::other("actix-governor with headers, allow", "governor-with-headers"),
        Variant::other("actix-governor, denied", "spent-governor").refused(),
    ],
    bare: "actix-web without a middleware",
    allow: "middleware, bots and limit, allow",
    adds: &[
        ("middleware, limit, allow", 1.0),
        ("middleware, bots and limit, allow", 8.0),
        ("middleware, shield, bots and limit, allow", 20.0),
    ],
};

const ROCKET: Framework = Framework {
    name: "Rocket",
    program: "web_rocket",
    variants: &[
        Variant::other("Rocket without a fairing", "none"),
        Variant::other("fairing that only sets two headers", "two-headers"),
        Variant::ours("fairing, no rules", "no-rules"),
        Variant::ours("fairing, limit, allow", "limit"),
        Variant::ours("fairing, limit without headers, allow", "limit-without-headers"),
        Variant::ours("fairing, bots and limit, allow", "bots-and-limit"),
        Variant::ours("fairing, shield, bots and limit, allow", "whole-set"),
        Variant::ours("fairing, bots and limit, new browsers allowed", "bots-and-limit").load("new-browsers"),
        Variant::ours("fairing, bots and limit, new bots denied", "bots-and-limit")
            .load("new-bots")
            .refused()
            .against("fairing, bots and limit, new browsers allowed"),
        Variant::ours("fairing, bots and limit, bot denied, cached", "bots-and-limit")
            .load("bot")
            .refused(),
        Variant::ours("fairing, limit denied, cached", "spent-limit").refused(),
    ],
    bare: "Rocket without a fairing",
    allow: "fairing, bots and limit, allow",
    adds: &[
        ("fairing, limit, allow", 1.0),
        ("fairing, bots and limit, allow", 8.0),
        ("fairing, shield, bots and limit, allow", 20.0),
    ],
};
