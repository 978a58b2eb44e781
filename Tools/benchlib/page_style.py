"""The looks of the report."""

STYLE = """
:root { color-scheme: light dark;
  --plane: #f6f6f3; --surface: #ffffff; --ink: #14140f; --soft: #55544d; --faint: #8b8a82; --rule: #e4e3dc; --grid: #ecebe5;
  --ours: #2a6fd6; --ours-too: #8fb6ef; --rest: #d3d2ca; --ours-soft: #e4eefc; --floor: #a9a89f; --ws: #d99a1b; --gorilla: #22a08a; --good: #187a3d; --bad: #c03a2b; }
@media (prefers-color-scheme: dark) { :root {
  --plane: #121211; --surface: #1b1b19; --ink: #f4f3ee; --soft: #bcbbb2; --faint: #85847b; --rule: #2e2e2a; --grid: #282825;
  --ours: #5b9bf3; --ours-too: #2f5fa6; --rest: #45443e; --ours-soft: #1b2c47; --floor: #75746c; --ws: #d9a441; --gorilla: #35b59d; --good: #4fc07a; --bad: #f0776a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--plane); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px; }
header { margin-bottom: 28px; }
.eyebrow { margin: 0; color: var(--ours); font-weight: 600; letter-spacing: .02em; font-size: 14px; }
h1 { font-size: clamp(34px, 6vw, 52px); line-height: 1.1; margin: 6px 0 10px; letter-spacing: -.025em; font-weight: 750; }
.where { margin: 0 0 14px; color: var(--soft); font-size: 15px; }
.chip { display: inline-block; padding: 4px 12px; border-radius: 99px; font-size: 14px; font-weight: 600; background: var(--ours-soft); color: var(--ours); }
.warning { margin: 14px 0 0; padding: 10px 14px; border-left: 4px solid var(--bad); background: var(--surface); border-radius: 0 8px 8px 0; color: var(--bad); font-weight: 600; }
.card { background: var(--surface); border: 1px solid var(--rule); border-radius: 14px; padding: 22px 24px; margin: 0 0 18px; min-width: 0; }
.card h2 { margin: 0 0 4px; font-size: 19px; letter-spacing: -.01em; }
.lead { margin: 0 0 16px; color: var(--soft); font-size: 14.5px; }
.columns { columns: 2 400px; column-gap: 18px; margin-bottom: 18px; }
.columns .card { break-inside: avoid; }
.hero { padding: 28px 30px; }
.hero h2 { font-size: 24px; }
.race .row { display: grid; grid-template-columns: 180px 1fr 92px 180px; gap: 14px; align-items: center; padding: 7px 0; color: var(--soft); }
.race .track i { display: block; height: 30px; border-radius: 0 6px 6px 0; min-width: 3px; }
.race .who { text-align: right; }
.race b { font-variant-numeric: tabular-nums; font-size: 17px; font-weight: 600; color: var(--ink); }
.race .times { font-size: 14.5px; }
.race .ours i { background: var(--ours); } .race .floor i { background: var(--floor); } .race .ws i { background: var(--ws); } .race .gorilla i { background: var(--gorilla); }
.race .ours .who, .race .ours b { color: var(--ours); font-weight: 700; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 18px; margin-bottom: 18px; }
.tile { background: var(--surface); border: 1px solid var(--rule); border-radius: 14px; padding: 18px 20px; }
.tile b { font-size: 34px; line-height: 1; letter-spacing: -.02em; font-weight: 700; }
.tile i { font-style: normal; color: var(--soft); margin-left: 6px; }
.tile span { display: block; margin-top: 8px; color: var(--soft); font-size: 14px; line-height: 1.35; }
svg { width: 100%; height: auto; display: block; overflow: visible; }
svg text { fill: var(--soft); font-size: 13.5px; font-family: inherit; }
svg .strong { fill: var(--ink); font-weight: 600; } svg .value { fill: var(--ink); } svg .note { fill: var(--faint); font-size: 12.5px; }
svg .heading { fill: var(--ink); font-weight: 600; font-size: 14px; }
svg .grid { stroke: var(--grid); } svg .reference { stroke: var(--faint); stroke-dasharray: 4 4; } svg .stem { stroke-width: 2; opacity: .35; }
svg .line { fill: none; stroke: var(--ours); stroke-width: 2.5; stroke-linejoin: round; } svg .dot { fill: var(--ours); stroke: var(--surface); stroke-width: 2; }
.facts { list-style: none; padding: 0; margin: 0; } .facts li { padding: 9px 0; border-top: 1px solid var(--rule); font-size: 15px; color: var(--soft); }
.facts b { color: var(--ink); font-size: 18px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
td, th { text-align: left; padding: 8px 10px 8px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--faint); font-weight: 500; font-size: 13.5px; } .group th { color: var(--ink); font-weight: 650; font-size: 15px; padding-top: 22px; }
td small { display: block; color: var(--faint); font-size: 13px; } .figure { white-space: nowrap; font-variant-numeric: tabular-nums; } .remark { color: var(--bad); font-size: 14px; }
.verdict { white-space: nowrap; } .met { color: var(--good); font-weight: 600; } .void { color: var(--faint); } .missed { color: var(--bad); font-weight: 600; }
.method p, .method li { color: var(--soft); max-width: 76ch; } .method b { color: var(--ink); }
@media (max-width: 720px) {
  main { padding: 24px 12px 40px; } .card, .hero { padding: 18px 16px; }
  .race .row { grid-template-columns: 1fr auto; gap: 2px 12px; padding: 9px 0; } .race .who { text-align: left; } .race .track { grid-column: 1 / 3; grid-row: 2; }
  .race .times { grid-column: 1 / 3; font-size: 13.5px; } .race .times:empty { display: none; }
  td, th { padding-right: 8px; } .verdict { white-space: normal; }
}
"""
