// What a connection was like: counters over the whole stay, and the variation of the frames' arrival.

import { CODING } from "./messages.js";

export class Statistics {
  constructor() {
    this.framesApplied = 0;
    this.framesIgnored = 0;
    this.merged = 0;
    this.snapshots = 0;
    this.resyncs = 0;
    this.divergences = 0;
    this.disconnections = 0;
    this.bytesReceived = 0;
    this.bytesSent = 0;
    this.messagesReceived = 0;
    this.acksSent = 0;
    this.uplinksSent = 0;
    this.uplinksResent = 0;
    /** When the last frame or welcome came. */
    this.lastFrameAt = 0;
    /** RFC 3550's interarrival jitter, milliseconds. */
    this.jitter = 0;
    this.lastTick = 0;
  }

  /** @param {import("./messages.js").FrameHead} head */
  applied({ coding, tick }, rate, now) {
    this.framesApplied++;
    if (coding === CODING.merged) this.merged++;
    if (coding === CODING.snapshot) this.snapshots++;
    if (this.lastTick) {
      const expected = ((tick - this.lastTick) * 1000) / rate;
      this.jitter += (Math.abs(now - this.lastFrameAt - expected) - this.jitter) / 16;
    }
    this.lastTick = tick;
    this.lastFrameAt = now;
  }

  connectionEnded() {
    this.lastTick = 0;
    this.disconnections++;
  }
}
