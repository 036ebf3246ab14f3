// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks the hub over HTTP. Redirects are followed here, so that the token goes to the hub alone and not to where it sends us. */
final class HubClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final int MAX_REDIRECTS = 10;
    /** Of a thousand files each. */
    private static final int MAX_PAGES = 100;
    private static final Pattern NEXT = Pattern.compile("<([^>]+)>;\\s*rel=\"next\"");
    private static final JsonMapper JSON = new JsonMapper();

    private final HubSettings settings;
    private final HttpClient http = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).connectTimeout(CONNECT).build();

    HubClient(HubSettings settings) {
        this.settings = settings;
    }

    /** What the hub says about a file of a model, or empty if the model has no such file; a {@link UserException} if there is no such model or no access. */
    Optional<RemoteFile> find(RepoId repo, String revision, String file) {
        URI url = URI.create(settings.endpoint() + "/" + repo.kind().path() + repo.name() + "/resolve/" + revision.replace("/", "%2F") + "/" + file);
        try {
            String commit = null;
            URI at = url;
            for (int n = 0; n < MAX_REDIRECTS; n++) {
                HttpResponse<InputStream> response = send("HEAD", at, 0);
                response.body().close();
                commit = header(response, "X-Repo-Commit").orElse(commit);
                Optional<URI> next = redirect(response);
                // The hub names a large file's checksum before it sends us to the store, which knows none.
                if (next.isPresent() && header(response, "X-Linked-ETag").isEmpty() && settings.trusts(next.get())) {
                    at = next.get();
                    continue;
                }
                if (next.isEmpty() && response.statusCode() != 200) {
                    return absent(repo, file, response);
                }
                return Optional.of(describe(response, url, file, commit));
            }
            throw new UserException("'" + url + "' redirects without end; check HF_ENDPOINT.");
        } catch (IOException e) {
            throw unreachable(url, e);
        }
    }

    /** Paths of all files of a revision; empty if the repository has no such revision. */
    Optional<List<String>> files(RepoId repo, String revision) {
        URI url = URI.create(settings.endpoint() + "/api/datasets/" + repo.name() + "/tree/" + revision.replace("/", "%2F") + "?recursive=true");
        List<String> files = new ArrayList<>();
        try {
            for (int n = 0; n < MAX_PAGES; n++) {
                HttpResponse<InputStream> response = open(url);
                try (InputStream body = response.body()) {
                    if (response.statusCode() != 200) {
                        // The hub says of a repository by this code that it has no such revision.
                        if (response.statusCode() == 404 && header(response, "X-Error-Code").orElse("").equals("RevisionNotFound")) {
                            return Optional.empty();
                        }
                        return absent(repo, "the list of files", response).map(file -> files);
                    }
                    for (JsonNode entry : JSON.readTree(body)) {
                        if (entry.path("type").asText().equals("file")) {
                            files.add(entry.path("path").asText());
                        }
                    }
                }
                Optional<URI> next = header(response, "Link").map(NEXT::matcher).filter(Matcher::find).map(link -> response.uri().resolve(link.group(1)));
                if (next.isEmpty()) {
                    return Optional.of(files);
                }
                url = next.get();
            }
            throw new UserException("'" + repo.name() + "' has more files than miXed lists; download those that you need, and name their folder.");
        } catch (JsonProcessingException e) {
            throw new UserException("'" + url + "' answers with no list of files; check HF_ENDPOINT.", e);
        } catch (IOException e) {
            throw unreachable(url, e);
        }
    }

    private HttpResponse<InputStream> open(URI url) throws IOException {
        URI at = url;
        for (int n = 0; n < MAX_REDIRECTS; n++) {
            HttpResponse<InputStream> response = send("GET", at, 0);
            Optional<URI> next = redirect(response);
            if (next.isEmpty()) {
                return response;
            }
            response.body().close();
            at = next.get();
        }
        throw new IOException("redirects without end");
    }

    private RemoteFile describe(HttpResponse<?> response, URI url, String file, @Nullable String commit) {
        String etag = header(response, "X-Linked-ETag").or(() -> header(response, "ETag")).orElse("").replaceFirst("^W/", "").replace("\"", "");
        long size = header(response, "X-Linked-Size").or(() -> header(response, "Content-Length")).map(HubClient::number).orElse(-1L);
        // Both become names of files, so they are checked for more than their sense.
        if (!etag.matches("[0-9a-f]{40}|[0-9a-f]{64}") || size < 0 || commit == null || !commit.matches("[0-9a-f]{40}")) {
            throw new UserException("'" + url + "' names no checksum, size and commit of the file, so a download could not be verified; check HF_ENDPOINT.");
        }
        return new RemoteFile(file, url, etag, size, commit);
    }

    private Optional<RemoteFile> absent(RepoId repo, String file, HttpResponse<?> response) {
        String error = header(response, "X-Error-Code").orElse("");
        switch (response.statusCode()) {
            case 404 -> {
                // Mirrors may leave the code out; where the configuration is missing, so is the model.
                if (error.equals("EntryNotFound") || error.isEmpty() && !file.equals(ModelFiles.CONFIG)) {
                    return Optional.empty();
                }
                throw noModel(repo);
            }
            case 401 -> throw settings.token().isPresent() && !error.equals("RepoNotFound")
                    ? new UserException(settings.endpoint() + " does not accept the token in HF_TOKEN; set it to a valid one or unset it.") : noModel(repo);
            case 403 -> throw new UserException("'" + repo.name() + "' may not be downloaded (" + settings.endpoint()
                    + " forbids it): accept its terms on its page there, and set HF_TOKEN to a token that may read it.");
            default -> throw new UnreachableException(settings.endpoint() + " answers with status " + response.statusCode() + " for " + file + " of '"
                    + repo.name() + "'; try again later.", null);
        }
    }

    private UserException noModel(RepoId repo) {
        return new UserException("'" + repo.name() + "' is " + (repo.kind() == RepoId.Kind.MODEL ? "neither a folder here nor a model" : "no data set")
                + " that " + settings.endpoint() + " shows; check the name, and set HF_TOKEN if the " + repo.kind().word() + " is private.");
    }

    /** Opens the content of a file from byte {@code from} on; the status is 200 (the whole file), 206 (from there on) or 416 (there is no such byte). */
    HttpResponse<InputStream> open(RemoteFile file, long from) throws IOException {
        URI at = file.url();
        for (int n = 0; n < MAX_REDIRECTS; n++) {
            HttpResponse<InputStream> response = send("GET", at, from);
            int status = response.statusCode();
            if (status == 200 || status == 206 || status == 416) {
                return response;
            }
            response.body().close();
            at = redirect(response).orElseThrow(() -> new IOException("status " + status));
        }
        throw new IOException("redirects without end");
    }

    private HttpResponse<InputStream> send(String method, URI url, long from) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url).method(method, HttpRequest.BodyPublishers.noBody()).timeout(ANSWER)
                .header("User-Agent", "miXed");
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        if (settings.trusts(url)) {
            settings.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("The download was interrupted; start it again to go on where it stopped.", e);
        }
    }

    /** Where a response sends us, if it does; never from an encrypted connection to a plain one. */
    private static Optional<URI> redirect(HttpResponse<?> response) throws IOException {
        if (response.statusCode() / 100 != 3) {
            return Optional.empty();
        }
        URI target;
        try {
            target = response.uri().resolve(header(response, "Location").orElseThrow(() -> new IOException("a redirect to nowhere")));
        } catch (IllegalArgumentException e) {
            throw new IOException("a redirect to nowhere", e);
        }
        if (target.getHost() == null
                || !(target.getScheme().equals("https") || target.getScheme().equals("http") && response.uri().getScheme().equals("http"))) {
            throw new IOException("a redirect to a connection that is not encrypted");
        }
        return Optional.of(target);
    }

    /** {@code e} as a sentence for the user. */
    static UnreachableException unreachable(URI url, IOException e) {
        return new UnreachableException("'" + url + "' cannot be reached (" + reason(e) + "); check the network, or give "
                + (url.getPath().contains("/datasets/") ? "--data a file or folder." : "--model the folder of a model."), e);
    }

    private static String reason(IOException e) {
        return switch (e) {
            case HttpTimeoutException _ -> "no answer in time";
            case ConnectException c when c.getCause() instanceof ConnectException cause
                    && cause.getCause() instanceof UnresolvedAddressException -> "its host is unknown";
            case ConnectException _ -> "no connection";
            default -> e.getMessage() == null ? "the connection broke off" : e.getMessage();
        };
    }

    private static Optional<String> header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name);
    }

    private static long number(String text) {
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
