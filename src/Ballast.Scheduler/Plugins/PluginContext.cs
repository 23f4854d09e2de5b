using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.Scheduler.Queue;
using Microsoft.Extensions.Logging;

namespace Ballast.Scheduler.Plugins;

/// <summary>What plugins may use. The client refuses writes when leadership is lost; an informer is asked for before they all start.</summary>
internal sealed record PluginContext(
    ApiClient Client, SharedInformerFactory Informers, Nominator Nominator, PodStatusWriter Statuses, IEventRecorder Events, Random Random, ILoggerFactory Logs);
