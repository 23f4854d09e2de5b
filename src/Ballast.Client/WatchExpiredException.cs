namespace Ballast.Client;

/// <summary>A watch cannot go on from where it was: list again. (The server's 410, as an answer or as an event.)</summary>
public sealed class WatchExpiredException(string message) : Exception(message);
