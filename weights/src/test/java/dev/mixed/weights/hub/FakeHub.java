// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A server on this machine that answers as Hugging Face's hub does: small files itself, large ones (those given with {@code large}) by a redirect
 * to a store, which is this server under another name of this machine, so that it counts as another host.
 */
public final class FakeHub implements AutoCloseable {
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private record Content(byte[] bytes, boolean large) {
    }

    /** What was asked, for example "GET hub /org/name/resolve/main/config.json bytes=3- Bearer x". */
    public final List<String> requests = new CopyOnWriteArrayList<>();

    /** Bytes after which the store breaks off, per answer; 0 for never. */
    public volatile int cutAfter;
    /** Bytes after which the store falls silent for the rest of the test, once. */
    volatile int silentAfter;
    volatile boolean ignoresRanges;
    volatile String commit = COMMIT;
    volatile boolean damages;
    volatile int status;
    volatile String errorCode;
    volatile String token;

    private final HttpServer server;
    private final String repo;
    private final Map<String, Content> files = new ConcurrentHashMap<>();
    private volatile boolean closed;

    public FakeHub(String repo) throws IOException {
        this.repo = repo;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    public FakeHub small(String name, byte[] bytes) {
        files.put(name, new Content(bytes, false));
        return this;
    }

    public FakeHub large(String name, byte[] bytes) {
        files.put(name, new Content(bytes, true));
        return this;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String host = exchange.getRequestHeaders().getFirst("Host");
            boolean store = host.startsWith("localhost");
            String range = exchange.getRequestHeaders().getFirst("Range");
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            requests.add(exchange.getRequestMethod() + " " + (store ? "store " : "hub ") + path + (range == null ? "" : " " + range)
                    + (authorization == null ? "" : " " + authorization));
            if (status != 0) {
                fail(exchange, status, errorCode);
            } else if (store) {
                send(exchange, file(path).bytes, range);
            } else if (path.startsWith("/api/" + repo + "/tree/")) {
                list(exchange);
            } else if (path.startsWith("/" + repo + "/resolve/")) {
                resolve(exchange, path, authorization, range);
            } else if (path.startsWith("/renamed/resolve/")) {
                exchange.getResponseHeaders().set("Location", path.replace("/renamed/", "/" + repo + "/"));
                exchange.sendResponseHeaders(307, -1);
            } else {
                fail(exchange, 401, "RepoNotFound");
            }
        }
    }

    private void resolve(HttpExchange exchange, String path, String authorization, String range) throws IOException {
        if (token != null && !("Bearer " + token).equals(authorization)) {
            fail(exchange, 401, authorization == null ? "RepoNotFound" : null);
            return;
        }
        Content file = file(path);
        exchange.getResponseHeaders().set("X-Repo-Commit", commit);
        if (file == null) {
            fail(exchange, 404, "EntryNotFound");
        } else if (file.large) {
            exchange.getResponseHeaders().set("X-Linked-ETag", "\"" + sha256(file.bytes) + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(file.bytes.length));
            exchange.getResponseHeaders().set("Location", "http://localhost:" + server.getAddress().getPort() + "/store/"
                    + files.keySet().stream().filter(name -> path.endsWith("/" + name)).findFirst().orElseThrow());
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.getResponseHeaders().set("ETag", "W/\"" + gitBlob(file.bytes) + "\"");
            send(exchange, file.bytes, range);
        }
    }

    private Content file(String path) {
        return files.entrySet().stream().filter(file -> path.endsWith("/" + file.getKey())).map(Map.Entry::getValue).findFirst().orElse(null);
    }

    /** Two entries a page. */
    private void list(HttpExchange exchange) throws IOException {
        List<String> names = files.keySet().stream().sorted().toList();
        String query = exchange.getRequestURI().getQuery();
        int from = query.contains("cursor=") ? Integer.parseInt(query.replaceAll(".*cursor=", "")) : 0;
        int to = Math.min(names.size(), from + 2);
        if (to < names.size()) {
            exchange.getResponseHeaders().set("Link",
                    "<" + endpoint() + exchange.getRequestURI().getRawPath() + "?recursive=true&cursor=" + to + ">; rel=\"next\"");
        }
        String json = Stream.concat(Stream.of("{\"type\": \"directory\", \"path\": \"default\"}"),
                names.subList(from, to).stream().map(name -> "{\"type\": \"file\", \"path\": \"" + name + "\"}")).collect(Collectors.joining(", ", "[", "]"));
        send(exchange, json.getBytes(StandardCharsets.UTF_8), null);
    }

    private static void fail(HttpExchange exchange, int status, String code) throws IOException {
        if (code != null) {
            exchange.getResponseHeaders().set("X-Error-Code", code);
        }
        exchange.sendResponseHeaders(status, -1);
    }

    private void send(HttpExchange exchange, byte[] content, String range) throws IOException {
        byte[] bytes = content.clone();
        if (damages && bytes.length > 0) {
            bytes[bytes.length - 1] ^= 1;
        }
        int from = range == null || ignoresRanges ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        if (from >= bytes.length && from > 0) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        if (from > 0) {
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, bytes.length - from == 0 ? -1 : bytes.length - from);
        OutputStream out = exchange.getResponseBody();
        int until = bytes.length;
        if (cutAfter > 0) {
            until = Math.min(until, from + cutAfter);
        }
        if (silentAfter > 0 && from + silentAfter < until) {
            out.write(bytes, from, silentAfter);
            out.flush();
            silentAfter = 0;
            while (!closed) {
                sleep();
            }
            return;
        }
        out.write(bytes, from, until - from);
        out.flush();
        // Leaving early breaks the connection: the client was told a greater length.
    }

    private static void sleep() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String sha256(byte[] bytes) {
        return hex("SHA-256", bytes);
    }

    static String gitBlob(byte[] bytes) {
        byte[] header = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[header.length + bytes.length];
        System.arraycopy(header, 0, all, 0, header.length);
        System.arraycopy(bytes, 0, all, header.length, bytes.length);
        return hex("SHA-1", all);
    }

    private static String hex(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        closed = true;
        server.stop(0);
    }
}
