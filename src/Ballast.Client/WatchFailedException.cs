using k8s.Models;

namespace Ballast.Client;

/// <summary>The server ended a watch with an error event.</summary>
public sealed class WatchFailedException(V1Status status) : Exception(status.Message ?? status.Reason ?? "the watch failed")
{
    public V1Status Status => status;
}
