// A player that sends `ping` every few seconds, and closes the connection when the relay has been silent for too long. It comes back
// by token. Java 17 and nothing else:
//
//     java -Dping=5 -Dsilence=15 Tools/examples/java/Heart.java ws://localhost:7777 lobby Duke
//
// Both intervals are in seconds. The few members that it needs are found by patterns; a real game takes a JSON library.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Heart implements WebSocket.Listener {
    static final long PING = nanoseconds("ping", "5"), SILENCE = nanoseconds("silence", "15");
    static final long STEP = 200, SHORTEST_WAIT = 250, LONGEST_WAIT = 5_000; // milliseconds
    static final Pattern WELCOME = Pattern.compile("\"seat\":(\\d+).*?\"token\":\"([^\"]+)\"");
    static final List<Integer> FORGET = List.of(4012, 4013, 4014, 4015), OVER = List.of(4002, 4017, 4020, 4022, 4023, 4024, 4030, 4031, 4032, 4033, 4034, 4035, 4036, 4037);
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static volatile String token;

    final StringBuilder parts = new StringBuilder();
    volatile long heard = System.nanoTime();
    volatile boolean joined;
    volatile int closed; // a close code; 1006 without one, 0 as long as it is open

    public static void main(String[] arguments) throws InterruptedException {
        String relay = arguments.length > 0 ? arguments[0] : "ws://localhost:7777";
        String room = arguments.length > 1 ? arguments[1] : "lobby";
        String name = arguments.length > 2 ? arguments[2] : "Duke";
        long wait = SHORTEST_WAIT;
        while (true) {
            Heart heart = new Heart();
            try {
                heart.play(URI.create(relay), room, name);
            } catch (ExecutionException | TimeoutException error) {
                System.out.println("connection lost: " + error);
            }
            if (OVER.contains(heart.closed)) return;
            if (FORGET.contains(heart.closed)) token = null;
            if (heart.joined) wait = SHORTEST_WAIT;
            Thread.sleep(ThreadLocalRandom.current().nextLong(wait));
            wait = Math.min(2 * wait, LONGEST_WAIT);
        }
    }

    /** One connection. Everything is sent from here, and each message waits for the one before: a WebSocket of the JDK takes one at a time. */
    void play(URI relay, String room, String name) throws InterruptedException, ExecutionException, TimeoutException {
        WebSocket socket = CLIENT.newWebSocketBuilder().buildAsync(relay, this).get(SILENCE, TimeUnit.NANOSECONDS);
        try {
            send(socket, token == null ? "{\"join\":\"" + room + "\"}" : "{\"rejoin\":\"" + token + "\"}");
            long pinged = System.nanoTime();
            for (double angle = 0; closed == 0; angle += 0.1) {
                Thread.sleep(STEP);
                long now = System.nanoTime();
                if (now - heard > SILENCE) throw new TimeoutException("the relay is silent");
                if (now - pinged > PING) {
                    pinged = now;
                    send(socket, "ping");
                }
                if (joined) send(socket, "{\"set\":{\"name\":\"%s\",\"x\":%.3f,\"y\":%.3f}}".formatted(name, 50 + 30 * Math.cos(angle), 50 + 30 * Math.sin(angle)));
            }
        } finally {
            socket.abort();
        }
    }

    static void send(WebSocket socket, String text) throws InterruptedException, ExecutionException, TimeoutException {
        socket.sendText(text, true).get(SILENCE, TimeUnit.NANOSECONDS);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        heard = System.nanoTime();
        parts.append(data);
        if (last) {
            take(parts.toString());
            parts.setLength(0);
        }
        socket.request(1); // without this nothing more is read, and no ping of the relay is answered
        return null;
    }

    void take(String text) {
        Matcher welcome = WELCOME.matcher(text);
        if (text.startsWith("{\"welcome\"") && welcome.find()) {
            token = welcome.group(2);
            System.out.println("in seat " + welcome.group(1));
            joined = true;
        } else if (text.equals("pong") || text.contains("\"entities\":") || text.contains("\"changes\":")) {
            System.out.println(text);
        }
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        System.out.println("connection lost: " + code + " " + reason);
        closed = code;
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        System.out.println("connection lost: " + error);
        closed = 1006;
    }

    static long nanoseconds(String property, String otherwise) {
        return (long) (Double.parseDouble(System.getProperty(property, otherwise)) * 1e9);
    }
}
