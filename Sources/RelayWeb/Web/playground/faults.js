// A WebSocket that can be broken on purpose, for the SDK's option `webSocket`.

const CLOSED_ABNORMALLY = 1006;

/// What is broken at present; every socket of this page obeys it.
export class Faults {
  delay = 0; // milliseconds, there and back
  jitter = 0; // milliseconds: up to so much more, each way
  #frozen = false;
  #cut = false;
  #sockets = new Set();

  get frozen() { return this.#frozen; }
  get cut() { return this.#cut; }

  /// Frozen: nothing goes in or out, and the connection stays open. Afterwards everything comes at once.
  set frozen(frozen) {
    this.#frozen = frozen;
    if (!frozen) for (const socket of this.#sockets) socket.thaw();
  }

  /// Cut: connections end, and new ones fail.
  set cut(cut) {
    this.#cut = cut;
    if (cut) for (const socket of [...this.#sockets]) socket.sever();
  }

  get oneWay() { return this.delay / 2 + Math.random() * this.jitter; }

  /// The class to give to the SDK.
  get WebSocket() {
    const faults = this, sockets = this.#sockets;
    return class extends BreakableSocket {
      constructor(url, protocols) { super(url, protocols, faults, sockets); }
    };
  }
}

/// One direction: what goes in comes out later, in the same order.
class Lane {
  #faults;
  #waiting = []; // {due, size, pass}
  #lastDue = 0;
  #timer = 0;

  constructor(faults) { this.#faults = faults; }

  get heldBytes() { return this.#waiting.reduce((sum, one) => sum + one.size, 0); }

  push(pass, size = 0) {
    const now = performance.now(), due = Math.max(this.#lastDue, now + this.#faults.oneWay);
    if (this.#waiting.length === 0 && due <= now && !this.#faults.frozen) return pass();
    this.#lastDue = due;
    this.#waiting.push({ due, size, pass });
    this.#schedule();
  }

  thaw() { this.#run(); }

  clear() {
    this.#waiting.length = 0;
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #schedule() {
    if (this.#timer || this.#faults.frozen || this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => { this.#timer = 0; this.#run(); }, Math.max(0, this.#waiting[0].due - performance.now()));
  }

  #run() {
    while (!this.#faults.frozen && this.#waiting.length > 0 && this.#waiting[0].due <= performance.now()) this.#waiting.shift().pass();
    this.#schedule();
  }
}

/// What the SDK uses of a WebSocket, with a lane each way. To open is the first thing that goes out.
class BreakableSocket {
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  #faults;
  #sockets;
  #real = null;
  #out;
  #in;
  #ended = false;

  constructor(url, protocols, faults, sockets) {
    [this.#faults, this.#sockets] = [faults, sockets];
    [this.#out, this.#in] = [new Lane(faults), new Lane(faults)];
    sockets.add(this);
    if (faults.cut) setTimeout(() => this.sever());
    else this.#out.push(() => this.#open(url, protocols));
  }

  binaryType = "arraybuffer";

  /// A delayed byte is on its way, as in a network; a frozen one has not left.
  get bufferedAmount() {
    return (this.#real?.bufferedAmount ?? 0) + (this.#faults.frozen ? this.#out.heldBytes : 0);
  }

  send(data) {
    const copy = data.slice();
    this.#out.push(() => { if (this.#real?.readyState === WebSocket.OPEN) this.#real.send(copy); }, copy.byteLength);
  }

  close(code, reason) {
    if (!this.#real) return this.sever();
    this.#out.push(() => this.#real.close(code, reason));
  }

  thaw() {
    this.#out.thaw();
    this.#in.thaw();
  }

  /// Ends at once, whatever is under way.
  sever() {
    if (this.#ended) return;
    this.#out.clear();
    this.#in.clear();
    if (this.#real) {
      this.#real.onopen = this.#real.onmessage = this.#real.onclose = this.#real.onerror = null;
      if (this.#real.readyState === WebSocket.CONNECTING) this.#real.onopen = ({ target }) => target.close();
      else this.#real.close();
    }
    this.#end({ code: CLOSED_ABNORMALLY, reason: "", wasClean: false });
  }

  #open(url, protocols) {
    const real = this.#real = new WebSocket(url, protocols);
    real.binaryType = this.binaryType;
    real.onopen = (event) => this.#in.push(() => this.onopen?.(event));
    real.onmessage = (event) => this.#in.push(() => this.onmessage?.(event), event.data.byteLength);
    real.onerror = (event) => this.#in.push(() => this.onerror?.(event));
    real.onclose = (event) => this.#in.push(() => this.#end(event));
  }

  #end(event) {
    if (this.#ended) return;
    this.#ended = true;
    this.#sockets.delete(this);
    this.onclose?.(event);
  }
}
