//! The endpoints of every family over HTTP, against the running product.

mod all_day;
mod availability_counts;
mod availability_oracle;
mod behind_our_back;
mod clock;
mod decisions;
mod deleted_items;
mod documented;
mod errors;
mod lenient;
mod logs;
mod made_anew;
mod nylas;
mod oauth;
mod one_answer;
mod postback;
mod record_life;
mod round_trips;
mod routes;
mod series;
mod signed;
mod sizes;
mod teams;
mod tenants;
