//! What DynamoDB and Secrets Manager have in common: the way there, what their errors are called, and what is tried again.

mod conflicts;
mod errors;

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use bytes::Bytes;
use reqwest::{Client, Method};

pub(crate) use self::{
    conflicts::RetryConflicts,
    errors::{for_log, is_definitive},
};

/// The process's HTTP client as the AWS SDK takes one. The SDK's own would read the system's root certificates once for
/// each service. `None`, where there is no client, fails each call.
pub(crate) fn http_client(client: Option<Client>) -> SharedHttpClient {
    SharedHttpClient::new(Connector(client))
}

#[derive(Debug, Clone)]
struct Connector(Option<Client>);

impl HttpClient for Connector {
    /// Timeouts of connections are the client's own; those of attempts the SDK sees to.
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let client = client.ok_or_else(|| ConnectorError::user("there is no HTTP client".into()))?;
            send(&client, &request).await
        })
    }
}

/// Sends a request and reads the whole answer: DynamoDB's and Secrets Manager's are small.
async fn send(client: &Client, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let unusable = |what: &'static str| ConnectorError::user(what.into());
    let method = Method::from_bytes(request.method().as_bytes()).map_err(|_| unusable("no method"))?;
    let body = request.body().bytes().ok_or_else(|| unusable("a body that is not in memory"))?;
    let mut sent = client.request(method, request.uri()).body(Bytes::copy_from_slice(body));
    for (name, value) in request.headers() {
        sent = sent.header(name, value);
    }
    let response = sent.send().await.map_err(failed)?;
    let status = StatusCode::try_from(response.status().as_u16()).map_err(|_| unusable("no status"))?;
    let headers = response.headers().clone();
    let mut answer = HttpResponse::new(status, response.bytes().await.map_err(failed)?.into());
    for (name, value) in &headers {
        if let Ok(value) = value.to_str() {
            answer.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(answer)
}

/// Whatever ended a connection is worth another try, which the SDK makes.
fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_builder() {
        ConnectorError::user(error.into())
    } else if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread::{self, JoinHandle},
    };

    use aws_smithy_types::body::SdkBody;

    use super::*;
    use crate::http;

    /// A server that reads one request until `end` and answers it so. It tells the request.
    fn server(end: &'static str, answer: &'static str) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/path?query", listener.local_addr().expect("an address"));
        let serving = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let (mut request, mut some) = (String::new(), [0; 1024]);
            while !request.ends_with(end) {
                let read = stream.read(&mut some).expect("a request");
                request.push_str(std::str::from_utf8(&some[..read]).expect("text"));
            }
            stream.write_all(answer.as_bytes()).expect("an answer");
            request
        });
        (url, serving)
    }

    async fn ask(url: &str) -> Result<HttpResponse, ConnectorError> {
        let mut request = HttpRequest::new(SdkBody::from("{\"a\":1}"));
        request.set_method("POST").expect("a method");
        request.set_uri(url.to_owned()).expect("a URL");
        request.headers_mut().insert("x-amz-target", "Service.Operation");
        send(&http::shared().expect("a client"), &request).await
    }

    #[tokio::test]
    async fn a_request_goes_out_as_it_is_and_its_answer_comes_back() {
        let answer = "HTTP/1.1 400 Bad Request\r\nx-amzn-requestid: r\r\ncontent-length: 2\r\n\r\n{}";
        let (url, serving) = server("{\"a\":1}", answer);
        let answer = ask(&url).await.expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.body().bytes()), (400, Some(&b"{}"[..])));
        assert_eq!(answer.headers().get("x-amzn-requestid"), Some("r"));
        let request = serving.join().expect("a request").to_ascii_lowercase();
        assert!(request.starts_with("post /path?query http/1.1\r\n"), "{request}");
        assert!(request.contains("x-amz-target: service.operation\r\n"), "{request}");
        assert_eq!(request.matches("content-length: 7\r\n").count(), 1, "{request}");
    }

    #[tokio::test]
    async fn a_connection_that_ends_is_worth_another_try() {
        for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}"] {
            let (url, serving) = server("{\"a\":1}", answer);
            assert!(ask(&url).await.expect_err("an error").is_io(), "{answer}");
            serving.join().expect("a request");
        }
        // Nobody is there.
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        assert!(ask(&format!("http://127.0.0.1:{port}/")).await.expect_err("an error").is_io());
        // And no client at all fails the call, once.
        let request = HttpRequest::new(SdkBody::empty());
        assert!(Connector(None).call(request).await.expect_err("an error").is_user());
    }
}
