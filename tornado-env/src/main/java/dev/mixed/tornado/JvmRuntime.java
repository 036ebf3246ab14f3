// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.util.List;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoBackendNotFound;
import uk.ac.manchester.tornado.api.exceptions.TornadoDeviceNotFound;

/** A runtime with one backend, plain Java, and one device, this processor. */
public final class JvmRuntime implements TornadoRuntime {
    private final TornadoBackend backend = new JavaBackend();

    private static final class JavaBackend implements TornadoBackend {
        @Override
        public TornadoDevice getDefaultDevice() {
            return HostDevice.INSTANCE;
        }

        @Override
        public int getNumDevices() {
            return 1;
        }

        @Override
        public TornadoDevice getDevice(int index) {
            if (index != 0) {
                throw new TornadoDeviceNotFound("the Java backend has one device, there is none at " + index);
            }
            return HostDevice.INSTANCE;
        }

        @Override
        public List<TornadoDevice> getAllDevices() {
            return List.of(HostDevice.INSTANCE);
        }

        @Override
        public TornadoDeviceType getTypeDefaultDevice() {
            return TornadoDeviceType.CPU;
        }

        @Override
        public String getName() {
            return "Java";
        }

        @Override
        public TornadoVMBackendType getBackendType() {
            return TornadoVMBackendType.JAVA;
        }
    }

    @Override
    public TornadoBackend getBackend(int index) {
        if (index != 0) {
            throw new TornadoBackendNotFound("this runtime has one backend, there is none at " + index);
        }
        return backend;
    }

    @Override
    public TornadoVMBackendType getBackendType(int index) {
        return getBackend(index).getBackendType();
    }

    @Override
    public int getNumBackends() {
        return 1;
    }

    @Override
    public TornadoDevice getDefaultDevice() {
        return HostDevice.INSTANCE;
    }

    @Override
    public boolean isProfilerEnabled() {
        return false;
    }
}
