package uk.ac.manchester.tornado.api.exceptions;

/** What a task graph or a plan was asked for can not be done. */
public class TornadoRuntimeException extends RuntimeException {
    public TornadoRuntimeException(String message) {
        super(message);
    }

    public TornadoRuntimeException(Exception cause) {
        super(cause);
    }
}
