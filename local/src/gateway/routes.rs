//! Which function answers a request: the route keys of an HTTP API.

use std::cmp::Ordering;

use crate::template::Route;

/// Routes, the most specific first.
pub(super) struct Routes(Vec<Entry>);

struct Entry {
    key: String,
    method: Option<String>,
    segments: Vec<Segment>,
    function: usize,
}

/// A part of a path. The order is API Gateway's: what is written out wins over a variable, a variable over a rest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Variable(String),
    Rest(String),
}

/// The route of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// The function's place in the list that the routes were made from.
    pub(super) function: usize,
    /// `POST /path`, as the event tells it.
    pub(super) key: &'a str,
    /// Values of the path's variables.
    pub(super) parameters: Vec<(&'a str, String)>,
}

impl Routes {
    /// Routes with the place of their function.
    pub(super) fn new<'a>(routes: impl IntoIterator<Item = (&'a Route, usize)>) -> Self {
        let mut entries: Vec<_> = routes.into_iter().map(|(route, function)| Entry::new(route, function)).collect();
        entries.sort_by(Entry::compare);
        Self(entries)
    }

    /// The route for a method and a path.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        self.0.iter().find_map(|entry| {
            if entry.method.as_ref().is_some_and(|wanted| wanted != method) {
                return None;
            }
            let parameters = entry.parameters(path)?;
            Some(Found { function: entry.function, key: &entry.key, parameters })
        })
    }
}

impl Entry {
    fn new(route: &Route, function: usize) -> Self {
        let segment = |text: &str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Segment::Rest(name.to_owned()),
                None => Segment::Variable(name.to_owned()),
            },
            None => Segment::Literal(text.to_owned()),
        };
        Self {
            key: format!("{} {}", route.method, route.path),
            method: (route.method != "ANY").then(|| route.method.clone()),
            segments: route.path.split('/').map(segment).collect(),
            function,
        }
    }

    /// A full match wins over a greedy one, however much of the path either spells out.
    fn compare(&self, other: &Self) -> Ordering {
        let is_greedy = self.is_greedy().cmp(&other.is_greedy());
        let is_any = self.method.is_none().cmp(&other.method.is_none());
        is_greedy.then_with(|| self.segments.cmp(&other.segments)).then(is_any)
    }

    fn is_greedy(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Rest(_)))
    }

    fn parameters(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let mut parameters = Vec::new();
        let mut rest = Some(path);
        for segment in &self.segments {
            let left = rest?;
            if let Segment::Rest(name) = segment {
                parameters.push((name.as_str(), left.to_owned()));
                return Some(parameters);
            }
            let (here, after) = left.split_once('/').map_or((left, None), |(here, after)| (here, Some(after)));
            match segment {
                Segment::Literal(text) if text == here => {}
                Segment::Variable(name) if !here.is_empty() => parameters.push((name.as_str(), here.to_owned())),
                _ => return None,
            }
            rest = after;
        }
        rest.is_none().then_some(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let route = |method: &str, path: &str| Route { method: method.to_owned(), path: path.to_owned() };
        let list = [
            route("ANY", "/{proxy+}"),
            route("GET", "/things/{id}"),
            route("POST", "/things"),
            route("ANY", "/things"),
            route("GET", "/things/first"),
        ];
        Routes::new(list.iter().zip(0..))
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes();
        let found = |method, path| routes.find(method, path).map(|found| found.function);
        assert_eq!(found("POST", "/things"), Some(2));
        assert_eq!(found("GET", "/things"), Some(3));
        assert_eq!(found("GET", "/things/first"), Some(4));
        assert_eq!(found("GET", "/things/7"), Some(1));
        assert_eq!(found("GET", "/things/"), Some(0));
        assert_eq!(found("DELETE", "/else/where"), Some(0));
    }

    /// The example of "Routing API requests" in API Gateway's developer guide, and a family with a fallback.
    #[test]
    fn a_full_match_wins_over_a_greedy_one_and_any_takes_the_other_methods() {
        let route = |text: &str| {
            let (method, path) = text.split_once(' ').expect("a method and a path");
            Route { method: method.to_owned(), path: path.to_owned() }
        };
        let of_the_guide = ["ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1"];
        let of_a_family = ["ANY /api/{proxy+}", "GET /api/things", "POST /api/{kind}/new", "GET /{any}/things/{id}"];
        let list: Vec<_> = of_the_guide.into_iter().chain(of_a_family).map(route).collect();
        let routes = Routes::new(list.iter().zip(0..));
        for (request, expected) in [
            ("GET /pets/dog/1", "GET /pets/dog/1"),
            ("GET /pets/dog/2", "GET /pets/dog/{id}"),
            ("GET /pets/cat/1", "GET /pets/{proxy+}"),
            ("POST /test/5", "ANY /{proxy+}"),
            ("GET /api/things", "GET /api/things"),
            ("POST /api/things", "ANY /api/{proxy+}"),
            ("OPTIONS /api/things", "ANY /api/{proxy+}"),
            ("HEAD /api/things", "ANY /api/{proxy+}"),
            ("GET /api/thing", "ANY /api/{proxy+}"),
            ("POST /api/things/new", "POST /api/{kind}/new"),
            ("GET /api/things/7", "GET /{any}/things/{id}"),
            ("GET /api", "ANY /{proxy+}"),
        ] {
            let (method, path) = request.split_once(' ').expect("a method and a path");
            assert_eq!(routes.find(method, path).map(|found| found.key), Some(expected), "{request}");
        }
    }

    #[test]
    fn variables_have_values_and_routes_a_key() {
        let routes = routes();
        let thing = routes.find("GET", "/things/7").expect("a route");
        assert_eq!((thing.key, thing.parameters), ("GET /things/{id}", vec![("id", "7".to_owned())]));
        let rest = routes.find("PUT", "/a/b/c").expect("a route");
        assert_eq!((rest.key, rest.parameters), ("ANY /{proxy+}", vec![("proxy", "a/b/c".to_owned())]));
    }

    #[test]
    fn an_api_without_a_catch_all_has_paths_that_lead_nowhere() {
        let route = Route { method: "POST".to_owned(), path: "/things".to_owned() };
        let routes = Routes::new([(&route, 0)]);
        for (method, path) in
            [("GET", "/things"), ("POST", "/things/"), ("POST", "/"), ("POST", "things"), ("post", "/things")]
        {
            assert_eq!(routes.find(method, path), None, "{method} {path}");
        }
    }
}
