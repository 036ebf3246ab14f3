// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.mlflow;

import dev.mixed.io.UsageException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where MLflow's tracking server is, and what runs are under there.
 *
 * @param address       http or https, without a slash at its end
 * @param experiment    name of the experiment that a run is part of
 * @param authorization value of the header of that name; empty for a server that wants none
 */
public record TrackingServer(URI address, String experiment, Optional<String> authorization) {
    /** In place of an address: that of the variable. */
    public static final String FROM_ENVIRONMENT = "env";

    private static final String URI_VARIABLE = "MLFLOW_TRACKING_URI";
    private static final String DEFAULT_EXPERIMENT = "miXed";

    /**
     * As options and the variables of MLflow's own clients say: MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, MLFLOW_TRACKING_TOKEN,
     * MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
     *
     * @param address    an address, or {@link #FROM_ENVIRONMENT}
     * @param experiment null for the variable's, or else {@code miXed}
     * @throws UsageException where the address is none
     */
    public static TrackingServer of(String address, @Nullable String experiment, Map<String, String> environment) {
        boolean named = address.equals(FROM_ENVIRONMENT);
        String found = named ? environment.getOrDefault(URI_VARIABLE, "") : address;
        if (found.isBlank()) {
            throw new UsageException("--mlflow " + FROM_ENVIRONMENT + " needs the variable " + URI_VARIABLE + "; set it, or give the address of a server.");
        }
        return new TrackingServer(address(named ? URI_VARIABLE : "--mlflow", found),
                experiment != null ? experiment : environment.getOrDefault("MLFLOW_EXPERIMENT_NAME", DEFAULT_EXPERIMENT), authorization(environment));
    }

    /** An address of a server; a {@link UsageException} that begins with {@code where} for what is none. */
    public static URI address(String where, String text) {
        URI address;
        try {
            address = URI.create(text.strip().replaceAll("/+$", ""));
        } catch (IllegalArgumentException e) {
            address = URI.create("");
        }
        if (address.getHost() == null || !("https".equals(address.getScheme()) || "http".equals(address.getScheme()))) {
            throw new UsageException(where + " must be the http or https address of a tracking server, such as http://localhost:5000, not '" + text + "'.");
        }
        if (address.getUserInfo() != null) {
            throw new UsageException(where + " holds a user name, which runs would record; give it in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.");
        }
        return address;
    }

    private static Optional<String> authorization(Map<String, String> environment) {
        String token = environment.get("MLFLOW_TRACKING_TOKEN");
        if (token != null && !token.isBlank()) {
            return Optional.of("Bearer " + token.strip());
        }
        String user = environment.get("MLFLOW_TRACKING_USERNAME");
        return user == null || user.isBlank() ? Optional.empty()
                : Optional.of("Basic " + Base64.getEncoder().encodeToString((user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", ""))
                        .getBytes(StandardCharsets.UTF_8)));
    }
}
