"""How it is measured, and what is and is not fair about it: the end of the report."""
from .matches import IN_STEP, RATE, SLOW_RATE, SPREAD

PARAGRAPHS = (
    ("One run, in turn", "All figures of a comparison come from one run: A B C D, A B C D, A B C D; medians of the rounds, and of the ratios within each round. The server has core {server_core} for itself, the load core {load_core}. "
     "CPU is what the kernel says the server's threads ran (schedstat), per player and per tick. Ticks come at {rate} Hz; where more players play than one core carries then, which is so for the floor too, at {slow_rate} Hz, and the figure says so. Nothing is asserted on wall-clock time: targets are ratios within the run wherever they can be."),
    ("The floor", "A C program that reads every connection once and sends it one frame per tick, as many bytes as the relay's, spread over eight slots like the relay's rooms. No protocol, no state. "
     "What a relay costs more, it costs for being one."),
    ("The peers", "A relay on node's ws and one on gorilla/websocket, written as somebody who knows them would: rooms; inputs copied as they come; one frame per room and tick, framed once, the same bytes to every socket "
     "(ws: written past the library to the socket; gorilla: a prepared message); TCP_NODELAY; no compression, no timer per message, no JSON. Node gets three seconds to warm up before each measurement. They do less than TickRelay: no state, no acknowledgements, "
     "no RTT, no baselines, no liveness, no resumption, and nothing against a reader who never reads beyond skipping it (gorilla: not even that). Their versions are Debian's, or what node and go in the PATH are."),
    ("The load", "Real players are not in step with each other, so they are spread over {spread} moments of each tick; in the table, 'in step' means {in_step} moments. TickRelay needs acknowledgements, so its players "
     "are those of tickrelay bots --payload 24, correct clients that also check what they see: each writes one field of 24 bytes per tick, and reads at every tick where nothing but cost is measured (at 100×8, where delivery is measured too, one in eight does; for the relay that made no difference). The peers' players are a C program: one masked message of 24 bytes per player and tick. "
     "So a message to TickRelay is some 20 bytes longer. Every player's input goes to everybody in the room. Where not all frames came, or a load could not keep up, the figure says so, and its target is void."),
    ("Delivery", "From the moment a player was meant to send its input, by its schedule, to the kernel's receive time stamp at another player, both on one clock. A tick is 33 ms, so half of that is waiting for the tick. "
     "Every input counts, those too that a newer one superseded, that were left out because the load was late or the server did not read, and, with their age, those that nobody ever saw: a server that stands still has as many late inputs as it stood still for turns of its players. How late the load itself was stands beside it, and voids what it spoils."),
    ("Frame interval", "From one frame of a player to its next, at every player of the peers and at one of eight of the relay's; the one that is open at the end counts with its age. Of frames that are read together only the last has a time stamp of its own: "
     "the others count from when they were due, or, if they were due before the read before, from that stamp."),
    ("Players on one core", "Rooms of eight, bisected from what the cost promises, until the p99 of delivery or of the frame interval exceeds two ticks. Near saturation this machine's noise decides; the full run takes more steps."),
    ("The JSON form", "Its clients are a C program (Tools/peers/text.c): they read at every tick, answer every ping, and look at nothing in a frame. The two spectators stand in the same rooms of bots, "
     "in turn; the binary one acknowledges as SPEC asks. Where everybody speaks JSON, each player writes one string of 24 letters per tick."),
    ("Growth", "With rooms of four at {slow_rate} Hz, because a thousand rooms of eight at {rate} Hz are more than a core carries: cost per player would then be the price of being late."),
    ("Lateness", "What the relay says of itself at half load (the last 10 to 20 s), against a timerfd loop at the same rate on the same core just before and after."),
    ("Memory", "Resident memory, so user space: what the kernel holds for a TCP connection is the same for all. Idle: the slope between 400 and 2,400 players who only acknowledge."),
    ("RTT", "Between two network namespaces joined by a user-space network of known delay (Tools/tunem.c); the truth is how long the kernel's own TCP handshake takes there."),
)


def as_html(machine):
    fields = {"server_core": machine["server_core"], "load_core": machine["load_core"], "rate": RATE, "slow_rate": SLOW_RATE, "spread": SPREAD, "in_step": IN_STEP}
    return "".join(f"<p><b>{title}.</b> {text.format(**fields)}</p>" for title, text in PARAGRAPHS)
