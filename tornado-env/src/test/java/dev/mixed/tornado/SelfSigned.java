// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A key for a web server at 127.0.0.1, made by the JDK's keytool, and its certificate. */
final class SelfSigned {
    private static final String PASSWORD = "changeit";

    private SelfSigned() {
    }

    /** A new key; the folder keeps it. */
    static SSLContext key(Path folder) throws Exception {
        Path store = folder.resolve("store");
        keytool("-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1", "-keystore", store.toString());
        keytool("-exportcert", "-rfc", "-alias", "a", "-keystore", store.toString(), "-file", certificate(folder).toString());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray()), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /** The file, in PEM, for whoever is to trust the folder's key. */
    static Path certificate(Path folder) {
        return folder.resolve("certificate.pem");
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        assertEquals(0, new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor());
    }
}
