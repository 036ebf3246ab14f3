package uk.ac.manchester.tornado.api.enums;

/** The ways to compile kernels; {@link #JAVA} is none: they run as they are. */
public enum TornadoVMBackendType {
    OPENCL, METAL, PTX, CUDA, SPIRV, JAVA, VIRTUAL
}
