use convene::edge::Route;
pub const ROUTES: &[Route] = &[];
