//! The page's style: calm, readable, by day and by night.

pub(super) const STYLE: &str = r"
:root {
  --paper: #f4f5f7; --card: #ffffff; --ink: #1d2433; --soft: #5d6779; --line: #dfe3ea; --hair: #eceff4;
  --accent: #35588f; --accent-soft: #e3ebf7; --busy: #dbe6f6; --busy-ink: #1e3f70; --tent: #eaf0f9; --oof: #eadcf0;
  --oof-ink: #56306b; --else: #d8eee9; --else-ink: #17534a; --yes: #1f7a4d; --maybe: #94660a; --no: #b03a3a; --now: #c8503f;
  --hour: 3.5rem; color-scheme: light dark;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181f; --card: #1c222c; --ink: #e6eaf1; --soft: #9aa6b8; --line: #303947; --hair: #262e3a;
    --accent: #8fb2ea; --accent-soft: #25344d; --busy: #2a4063; --busy-ink: #d6e4fb; --tent: #24324a; --oof: #46304f;
    --oof-ink: #ecd9f5; --else: #1f453f; --else-ink: #c9efe6; --yes: #62c493; --maybe: #ddb04e; --no: #ec8585; --now: #ee8272;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; grid-template-columns: 17rem minmax(0, 1fr);
  font: 16px/1.5 system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; color: var(--ink); background: var(--paper);
}
a { color: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
small { color: var(--soft); font-size: .8125rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.sub { color: var(--soft); margin: .15rem 0 0; font-size: .9rem; overflow-wrap: anywhere; }

.side { background: var(--card); border-right: 1px solid var(--line); padding: 1.25rem .75rem; position: sticky; top: 0; height: 100vh; overflow-y: auto; }
.brand { display: block; padding: 0 .6rem; font-weight: 700; font-size: 1.1rem; text-decoration: none; color: var(--ink); }
.side h2 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: 1.4rem .6rem .35rem; }
.side ul { list-style: none; margin: 0; padding: 0; }
.side li a { display: flex; gap: .65rem; align-items: center; padding: .4rem .6rem; border-radius: .6rem; color: inherit; text-decoration: none; }
.side li a:hover { background: var(--hair); }
.side li a[aria-current] { background: var(--accent-soft); }
.side li a[aria-current] .avatar { background: var(--accent); color: var(--card); }
.who { min-width: 0; line-height: 1.25; font-size: .95rem; }
.who, .who small { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.who small { display: block; }
.avatar { flex: none; width: 2rem; height: 2rem; border-radius: 50%; display: grid; place-items: center; font-size: .75rem; font-weight: 600; background: var(--busy); color: var(--busy-ink); }
.avatar.room { border-radius: .5rem; background: var(--else); color: var(--else-ink); }

main { padding: 1.5rem clamp(1rem, 3vw, 2.25rem) 4rem; min-width: 0; }
.top { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; align-items: flex-end; margin-bottom: 1.1rem; }
.picker { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.picker strong { min-width: 12rem; text-align: center; font-weight: 600; }
.picker form { display: flex; gap: .4rem; }
button, .button, input {
  font: inherit; font-size: .9rem; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  padding: .35rem .75rem; line-height: 1.4; text-decoration: none;
}
button, .button { cursor: pointer; font-weight: 500; }
button:hover, .button:hover { border-color: var(--accent); color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.empty { background: var(--card); border: 1px dashed var(--line); border-radius: .75rem; padding: .9rem 1.1rem; margin: 0 0 1.1rem; }

.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .9rem; }
.week { display: grid; grid-template-columns: 3.6rem repeat(7, minmax(6.5rem, 1fr)); min-width: 49rem; padding-bottom: .5rem; }
.corner { font-size: .75rem; color: var(--soft); text-align: right; padding: .7rem .6rem .5rem 0; }
.all-day-label { padding-top: .45rem; border-top: 1px solid var(--line); }
.day-head { padding: .55rem .6rem .5rem; border-left: 1px solid var(--hair); color: var(--soft); font-size: .85rem; }
.day-head b { font-size: 1.05rem; color: var(--ink); font-weight: 600; margin-left: .15rem; }
.day-head.today, .day-head.today b { color: var(--accent); }
.all-day { grid-column: 2 / -1; display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); grid-auto-flow: row dense; gap: 3px; padding: 3px 2px; border-top: 1px solid var(--line); border-left: 1px solid var(--hair); }
.hours { position: relative; border-top: 1px solid var(--line); }
.hours span { position: absolute; right: .6rem; font-size: .75rem; color: var(--soft); transform: translateY(-.6em); font-variant-numeric: tabular-nums; }
.hours span:first-child { transform: none; }
.day { position: relative; border-left: 1px solid var(--hair); border-top: 1px solid var(--line); background: repeating-linear-gradient(to bottom, transparent 0 calc(var(--hour) - 1px), var(--hair) calc(var(--hour) - 1px) var(--hour)); }
.day.today { background-color: color-mix(in srgb, var(--accent-soft) 35%, transparent); }
.now { position: absolute; left: 0; right: 0; border-top: 2px solid var(--now); pointer-events: none; }
.now::before { content: ''; position: absolute; left: -4px; top: -5px; width: 8px; height: 8px; border-radius: 50%; background: var(--now); }

.event { display: block; overflow: hidden; padding: .12rem .4rem .1rem .5rem; border-radius: .4rem; border-left: 3px solid var(--accent); font-size: .8rem; line-height: 1.3; text-decoration: none; color: var(--busy-ink); background: var(--busy); }
.day .event { position: absolute; margin-left: 1px; }
.event b { display: block; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.event span { display: block; opacity: .85; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
.day .event b { white-space: normal; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: var(--lines); line-clamp: var(--lines); }
.day .event.short { display: flex; flex-direction: row-reverse; justify-content: flex-end; gap: .4rem; }
.day .event.short b { display: block; white-space: nowrap; min-width: 0; }
.day .event.short span { flex: none; }
.event:hover, .event:focus-visible { box-shadow: 0 0 0 2px var(--accent); z-index: 2; }
.event.tentative { background: repeating-linear-gradient(135deg, var(--tent) 0 6px, var(--busy) 6px 9px); border-left-style: dashed; }
.event.free { background: var(--card); color: var(--soft); box-shadow: inset 0 0 0 1px var(--line); border-left-color: var(--soft); }
.event.oof { background: var(--oof); color: var(--oof-ink); border-left-color: var(--oof-ink); }
.event.elsewhere { background: var(--else); color: var(--else-ink); border-left-color: var(--else-ink); }
.event.cancelled { background: var(--card); color: var(--soft); border-left-color: var(--line); text-decoration: line-through; }

.agenda h2 { font-size: 1.05rem; margin: 2rem 0 .8rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: .9rem; align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: .75rem; padding: .9rem 1.1rem 1rem; scroll-margin-top: 1rem; }
.card:target { box-shadow: 0 0 0 3px var(--accent-soft); border-color: var(--accent); }
.card.tentative { border-left-style: dashed; }
.card.free, .card.cancelled { border-left-color: var(--soft); }
.card.oof { border-left-color: var(--oof-ink); }
.card.elsewhere { border-left-color: var(--else-ink); }
.card h3 { margin: 0; font-size: 1.05rem; line-height: 1.3; overflow-wrap: anywhere; }
.card.cancelled h3 { text-decoration: line-through; }
.when { margin: .2rem 0 .5rem; font-variant-numeric: tabular-nums; }
.badges { display: flex; flex-wrap: wrap; gap: .35rem; margin: 0 0 .7rem; }
.badge { font-size: .78rem; padding: .05rem .55rem; border-radius: 1rem; background: var(--hair); color: var(--soft); }
dl { display: grid; grid-template-columns: 5.2rem minmax(0, 1fr); gap: .3rem .6rem; margin: 0 0 .8rem; font-size: .92rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.mail { color: var(--soft); font-size: .875rem; }
.people { list-style: none; margin: 0; padding: 0; }
.people .mail { color: var(--ink); }
.people small { white-space: nowrap; }
.sign { display: inline-block; width: 1.2rem; font-weight: 700; }
.yes { color: var(--yes); } .maybe { color: var(--maybe); } .no { color: var(--no); } .open { color: var(--soft); }
.card details { margin: .5rem 0 0; font-size: .92rem; }
summary { cursor: pointer; color: var(--accent); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .4rem 0 0; padding: .6rem .8rem; background: var(--paper); border-radius: .5rem; max-height: 14rem; overflow: auto; }
.card form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-top: .7rem; }
.card label { font-size: .85rem; color: var(--soft); }
.answers button { flex: 1; }
button[aria-pressed] { background: var(--accent); border-color: var(--accent); color: var(--card); }
.danger { color: var(--no); }
.danger:hover { border-color: var(--no); color: var(--no); }

@media (max-width: 52rem) {
  body { grid-template-columns: minmax(0, 1fr); align-content: start; }
  .side { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); padding: .8rem .5rem; }
  .side h2 { margin: .7rem .6rem .2rem; }
  .side ul { display: flex; gap: .25rem; overflow-x: auto; }
  .side li { flex: none; }
  .who small { display: none; }
  .picker strong { min-width: 0; }
}
";
