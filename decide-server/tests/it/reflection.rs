//! gRPC reflection, as tools ask it.

use arcjet_decide_server::Keys;
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request};

use crate::grpc::channel;
use crate::server::{Server, config};

/// The same questions in both versions, whose messages are of different types.
macro_rules! ask {
    ($version:ident, $server:expr) => {{
        use pb::server_reflection_client::ServerReflectionClient;
        use pb::server_reflection_request::MessageRequest;
        use pb::server_reflection_response::MessageResponse;
        use tonic_reflection::pb::$version as pb;

        let mut client = ServerReflectionClient::new(channel($server).await);
        let question = |question| pb::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(question),
        };
        let questions = tokio_stream::iter([
            question(MessageRequest::ListServices(String::new())),
            question(MessageRequest::FileContainingSymbol(
                "proto.decide.v1alpha1.DecideService".to_owned(),
            )),
        ]);
        let mut answers = client
            .server_reflection_info(questions)
            .await
            .unwrap()
            .into_inner();
        let mut next = async || {
            answers
                .message()
                .await
                .unwrap()
                .unwrap()
                .message_response
                .unwrap()
        };
        let MessageResponse::ListServicesResponse(list) = next().await else {
            panic!("no list of services");
        };
        let services = list
            .service
            .into_iter()
            .map(|service| service.name)
            .collect::<Vec<_>>();
        let MessageResponse::FileDescriptorResponse(files) = next().await else {
            panic!("no descriptor");
        };
        (services, files.file_descriptor_proto)
    }};
}

fn check((services, files): (Vec<String>, Vec<Vec<u8>>), version: &str) {
    for service in [
        "proto.decide.v1alpha1.DecideService".to_owned(),
        "proto.decide.v2.DecideService".to_owned(),
        "grpc.health.v1.Health".to_owned(),
        format!("grpc.reflection.{version}.ServerReflection"),
    ] {
        assert!(services.contains(&service), "{service} is not in {services:?}");
    }
    let files: Vec<_> = files
        .iter()
        .map(|file| FileDescriptorProto::decode(&file[..]).unwrap())
        .collect();
    let service = files.iter().flat_map(|file| &file.service).next().unwrap();
    let methods: Vec<_> = service.method.iter().map(|method| method.name()).collect();
    assert_eq!(methods, ["Decide", "Report"]);
}

#[tokio::test]
async fn services_are_listed_and_described() {
    let server = Server::start().await;
    check(ask!(v1, &server), "v1");
    check(ask!(v1alpha, &server), "v1alpha");
}

#[tokio::test]
async fn a_key_is_asked_for_and_reflection_can_be_switched_off() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

    let keys = || Keys::new(["ajkey_one"]).unwrap();
    let key: MetadataValue<_> = "Bearer ajkey_one".parse().unwrap();
    for (on, key, code) in [
        (true, None, Code::Unauthenticated),
        (true, Some(key.clone()), Code::Ok),
        (false, Some(key), Code::Unimplemented),
    ] {
        let server = Server::with(config().keys(keys()).reflection(on)).await;
        let mut client = ServerReflectionClient::new(channel(&server).await);
        let mut request = Request::new(tokio_stream::empty::<ServerReflectionRequest>());
        if let Some(key) = key {
            request.metadata_mut().insert("authorization", key);
        }
        let answer = client.server_reflection_info(request).await;
        assert_eq!(answer.map_or_else(|status| status.code(), |_| Code::Ok), code);
    }
}
