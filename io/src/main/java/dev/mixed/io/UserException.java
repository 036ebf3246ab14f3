package dev.mixed.io;

/** A mistake of the user, told in one sentence that names the file or value and the remedy; the command line prints it and exits with 1. */
public class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence for the user, such as "data.csv, line 3: the text is empty; write a text or delete the line." */
    public UserException(String message) {
        super(message);
    }

    /**
     * @param message one sentence for the user
     * @param cause what went wrong underneath, for the log only
     */
    public UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
