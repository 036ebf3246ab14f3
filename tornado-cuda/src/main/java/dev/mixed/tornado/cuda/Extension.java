// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.util.Optional;

/**
 * Whether TornadoVM can be extended here. This class names none of TornadoVM's inner classes, so that it loads where these are not: without TornadoVM,
 * with another backend or another release.
 */
public final class Extension {
    /** The property that, {@code false}, leaves TornadoVM as it is: to find out whether an error comes from here. */
    public static final String PROPERTY = "mixed.tornado.extend";

    /** The property that, {@code primary}, lets TornadoVM work in the GPU's primary context, where NVIDIA's libraries do; {@code own} by default. */
    public static final String CONTEXT = "mixed.tornado.context";

    /** The release whose classes the stubs describe. */
    private static final String RELEASE = "5.2.";
    private static final String DRIVER = "tornado.drivers.cuda";
    private static final String OPENED = "uk.ac.manchester.tornado.drivers.cuda";

    private Extension() {
    }

    /**
     * A library of kernels for TornadoVM's default device, before the first task graph is made.
     *
     * @param store where compiled kernels are kept; empty keeps none
     * @throws NotExtensibleException if the backend, its release, or a member that miXed relies on is another, or its package is closed to miXed
     */
    public static KernelLibrary kernels(Optional<KernelStore> store) throws NotExtensibleException {
        if (System.getProperty(PROPERTY, "true").equals("false")) {
            throw new NotExtensibleException("-D" + PROPERTY + "=false was given");
        }
        Module driver = ModuleLayer.boot().findModule(DRIVER).orElseThrow(() -> new NotExtensibleException("TornadoVM's backend here is not cuda"));
        String release = driver.getDescriptor().rawVersion().orElse("of no version");
        if (!release.startsWith(RELEASE)) {
            throw new NotExtensibleException("TornadoVM is " + release + ", and miXed knows the inside of " + RELEASE + "x");
        }
        if (!driver.isOpen(OPENED, Extension.class.getModule())) {
            throw new NotExtensibleException("java was started without --add-opens=" + DRIVER + "/" + OPENED + "=ALL-UNNAMED, which ./mixed passes");
        }
        try {
            return KernelLibrary.open(store);
        } catch (RuntimeException | LinkageError e) {
            throw new NotExtensibleException("TornadoVM " + release + " is not as miXed knows it (" + e + ")", e);
        }
    }
}
