using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Options;
using Microsoft.Extensions.Logging;

namespace Ballast.ControllerManager;

/// <summary>What a controller is made of.</summary>
/// <param name="Client">Acts under the controller's own identity.</param>
/// <param name="Informers">Shared by all controllers.</param>
/// <param name="Events">Events show the controller's name as their source.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logs">Where it logs.</param>
/// <param name="Options">The flags.</param>
public sealed record ControllerContext(
    ApiClient Client, SharedInformerFactory Informers, IEventRecorder Events, TimeProvider Time, ILoggerFactory Logs, ControllerManagerOptions Options)
{
    /// <summary>Workers over a queue of keys, named as upstream names them in metrics.</summary>
    public ControllerLoop<TKey> Loop<TKey>(string name, Func<TKey, CancellationToken, Task> sync) where TKey : notnull =>
        new(name, sync, Time, Logs.CreateLogger(name));

    public DateTime Now => Time.GetUtcNow().UtcDateTime;
}
