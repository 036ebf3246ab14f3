// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import dev.mixed.io.UserException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where models come from and are kept.
 *
 * @param endpoint address of the hub, without a slash at its end
 * @param cache    the folder that {@code huggingface_hub}, in Python, keeps models in too
 * @param token    proof of access to private models
 * @param offline  what forbids downloads, an option or a variable, or empty
 */
record HubSettings(URI endpoint, Path cache, Optional<String> token, Optional<String> offline) {
    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
    private static final Set<String> YES = Set.of("1", "ON", "YES", "TRUE");

    /**
     * From the variables that {@code huggingface_hub} reads: HF_ENDPOINT, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN, HF_HUB_OFFLINE.
     *
     * @param home    the user's home folder
     * @param offline whether the command line forbids downloads
     */
    static HubSettings of(Map<String, String> environment, Path home, boolean offline) {
        String endpoint = value(environment, "HF_ENDPOINT").orElse(DEFAULT_ENDPOINT);
        URI uri;
        try {
            uri = URI.create(endpoint.replaceAll("/+$", ""));
        } catch (IllegalArgumentException e) {
            uri = URI.create("");
        }
        if (uri.getHost() == null || !("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
            throw new UserException("HF_ENDPOINT is '" + endpoint + "', which is no web address; set it to one such as " + DEFAULT_ENDPOINT + " or unset it.");
        }
        Optional<String> forbids = offline ? Optional.of("--offline")
                : value(environment, "HF_HUB_OFFLINE").filter(v -> YES.contains(v.toUpperCase(Locale.ROOT))).map(v -> "HF_HUB_OFFLINE");
        Optional<String> token = value(environment, "HF_TOKEN");
        if (token.isPresent() && !token.get().matches("[!-~]+")) {
            throw new UserException("HF_TOKEN is not a token: it has spaces or other characters that tokens have not; copy it again or unset it.");
        }
        return new HubSettings(uri, cache(environment, home), token, forbids);
    }

    private static Path cache(Map<String, String> environment, Path home) {
        Optional<Path> cache = path(environment, "HF_HUB_CACHE", home);
        if (cache.isPresent()) {
            return cache.get();
        }
        Path base = path(environment, "XDG_CACHE_HOME", home).orElse(home.resolve(".cache"));
        return path(environment, "HF_HOME", home).orElse(base.resolve("huggingface")).resolve("hub");
    }

    private static Optional<Path> path(Map<String, String> environment, String name, Path home) {
        try {
            return value(environment, name).map(v -> v.startsWith("~/") ? home.resolve(v.substring(2)) : Path.of(v));
        } catch (InvalidPathException e) {
            throw new UserException(name + " is '" + environment.get(name) + "', which is no folder; correct or unset it.", e);
        }
    }

    private static Optional<String> value(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).map(String::strip).filter(v -> !v.isEmpty());
    }

    /** Whether {@code url} is of the hub itself: only there may the token go. */
    boolean trusts(URI url) {
        return origin(url).equals(origin(endpoint));
    }

    private static String origin(URI url) {
        int port = url.getPort() >= 0 ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
        return url.getScheme() + "://" + url.getHost() + ":" + port;
    }
}
