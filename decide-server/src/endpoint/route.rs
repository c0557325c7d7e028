//! What a request is for, from its path.

use crate::metrics::Method;

const SERVICE_PATH: &str = "/proto.decide.v1alpha1.DecideService/";
const GUARD_SERVICE_PATH: &str = "/proto.decide.v2.DecideService/";
const HEALTH_PATH: &str = "/grpc.health.v1.Health/";
const REFLECTION_PATHS: [&str; 2] = [
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Call(Method),
    UnknownMethod,
    GrpcHealth,
    GrpcReflection,
    Health,
    Metrics,
    Nothing,
}

impl Route {
    pub(super) fn of(path: &str) -> Self {
        if let Some(method) = path.strip_prefix(SERVICE_PATH) {
            return match method {
                "Decide" => Self::Call(Method::Decide),
                "Report" => Self::Call(Method::Report),
                _ => Self::UnknownMethod,
            };
        }
        if let Some(method) = path.strip_prefix(GUARD_SERVICE_PATH) {
            return match method {
                "Guard" => Self::Call(Method::Guard),
                "GetGuardPolicy" => Self::Call(Method::GetGuardPolicy),
                "Capture" => Self::Call(Method::Capture),
                _ => Self::UnknownMethod,
            };
        }
        match path {
            "/healthz" => Self::Health,
            "/metrics" => Self::Metrics,
            _ if path.starts_with(HEALTH_PATH) => Self::GrpcHealth,
            _ if REFLECTION_PATHS.iter().any(|known| path.starts_with(known)) => Self::GrpcReflection,
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes() {
        for (path, route) in [
            (
                "/proto.decide.v1alpha1.DecideService/Decide",
                Route::Call(Method::Decide),
            ),
            (
                "/proto.decide.v1alpha1.DecideService/Report",
                Route::Call(Method::Report),
            ),
            (
                "/proto.decide.v1alpha1.DecideService/decide",
                Route::UnknownMethod,
            ),
            ("/proto.decide.v2.DecideService/Guard", Route::Call(Method::Guard)),
            (
                "/proto.decide.v2.DecideService/GetGuardPolicy",
                Route::Call(Method::GetGuardPolicy),
            ),
            (
                "/proto.decide.v2.DecideService/Capture",
                Route::Call(Method::Capture),
            ),
            ("/proto.decide.v2.DecideService/Decide", Route::UnknownMethod),
            ("/proto.decide.v1alpha1.DecideService/Guard", Route::UnknownMethod),
            ("/proto.decide.v1alpha1.DecideService/", Route::UnknownMethod),
            ("/proto.decide.v1alpha1.DecideService", Route::Nothing),
            (
                "/proto.decide.v1alpha1.DecideService/Decide/",
                Route::UnknownMethod,
            ),
            ("/grpc.health.v1.Health/Check", Route::GrpcHealth),
            (
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                Route::GrpcReflection,
            ),
            (
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                Route::GrpcReflection,
            ),
            ("/healthz", Route::Health),
            ("/metrics", Route::Metrics),
            ("/", Route::Nothing),
            ("*", Route::Nothing),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
