// Hands on what the microphone hears, off the page's own thread: a busy page must not tear holes into a sentence.
registerProcessor("carebot-voice", class extends AudioWorkletProcessor {
  process([[channel]]) {
    if (channel) this.port.postMessage(channel.slice());
    return true;
  }
});
