// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Messages;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The variables of the environment, as huggingface_hub documents them. */
class HubSettingsTest {
    private static final Path HOME = Path.of("/home/ada");

    private static HubSettings of(Map<String, String> environment) {
        return HubSettings.of(environment, HOME, false);
    }

    @Test
    void defaults() {
        HubSettings settings = of(Map.of());
        assertEquals("https", settings.endpoint().getScheme());
        assertEquals(HOME.resolve(".cache/huggingface/hub"), settings.cache());
        assertEquals(Optional.empty(), settings.token());
        assertEquals(Optional.empty(), settings.offline());
    }

    @Test
    void theCacheFollowsItsVariablesInOrder() {
        assertEquals(Path.of("/xdg/huggingface/hub"), of(Map.of("XDG_CACHE_HOME", "/xdg")).cache());
        assertEquals(Path.of("/hf/hub"), of(Map.of("XDG_CACHE_HOME", "/xdg", "HF_HOME", "/hf")).cache());
        assertEquals(Path.of("/models"), of(Map.of("HF_HOME", "/hf", "HF_HUB_CACHE", "/models")).cache());
        assertEquals(HOME.resolve("hf/hub"), of(Map.of("HF_HOME", "~/hf")).cache());
        assertEquals(Path.of("/hf/hub"), of(Map.of("HF_HOME", "/hf", "HF_HUB_CACHE", " ")).cache());
    }

    @Test
    void offlineByOptionOrVariable() {
        assertEquals(Optional.of("--offline"), HubSettings.of(Map.of("HF_HUB_OFFLINE", "1"), HOME, true).offline());
        assertEquals(Optional.of("HF_HUB_OFFLINE"), of(Map.of("HF_HUB_OFFLINE", "true")).offline());
        assertEquals(Optional.empty(), of(Map.of("HF_HUB_OFFLINE", "0")).offline());
    }

    @Test
    void theTokenBelongsToOneOrigin() {
        HubSettings settings = of(Map.of("HF_ENDPOINT", "https://mirror.example/", "HF_TOKEN", " t "));
        assertEquals(URI.create("https://mirror.example"), settings.endpoint());
        assertEquals(Optional.of("t"), settings.token());
        assertTrue(settings.trusts(URI.create("https://mirror.example:443/a/b")));
        assertFalse(settings.trusts(URI.create("http://mirror.example/a/b")));
        assertFalse(settings.trusts(URI.create("https://mirror.example:8443/a/b")));
        assertFalse(settings.trusts(URI.create("https://cdn.mirror.example/a/b")));
    }

    @Test
    void wrongValuesAreNamed() {
        for (String endpoint : new String[] {"mirror.example", "ftp://mirror.example", "https://", "a b"}) {
            Messages.assertRefused(() -> of(Map.of("HF_ENDPOINT", endpoint)), "HF_ENDPOINT is '" + endpoint + "'", "web address");
        }
        Messages.assertRefused(() -> of(Map.of("HF_HOME", "a\0b")), "HF_HOME");
        String message = Messages.assertRefused(() -> of(Map.of("HF_TOKEN", "hf_secret\nx")), "HF_TOKEN is not a token").getMessage();
        assertFalse(message.contains("hf_secret"), message);
    }
}
