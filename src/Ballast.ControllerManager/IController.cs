namespace Ballast.ControllerManager;

/// <summary>
/// One controller. It is made before the shared informers start (its constructor adds the handlers it needs) and runs after they
/// have synced, on the leader only.
/// </summary>
public interface IController
{
    /// <summary>Works until cancelled. When it ends, nothing of it acts any more.</summary>
    Task RunAsync(CancellationToken cancel);
}
