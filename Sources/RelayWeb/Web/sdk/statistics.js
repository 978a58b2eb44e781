// What a connection was like: counters over the whole stay, and the variation of the frames' arrival.

import { CODING } from "./messages.js";

export class Statistics {
  framesApplied = 0;
  framesIgnored = 0;
  merged = 0;
  snapshots = 0;
  resyncs = 0;
  divergences = 0;
  disconnections = 0;
  bytesReceived = 0;
  bytesSent = 0;
  messagesReceived = 0;
  acksSent = 0;
  uplinksSent = 0;
  uplinksResent = 0;
  /** When the last frame or welcome came. */
  lastFrameAt = 0;
  /** RFC 3550's interarrival jitter, milliseconds. */
  jitter = 0;
  lastTick = 0;

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
