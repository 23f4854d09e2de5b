using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Discovery;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Namespaces;

/// <summary>Empties namespaces that are being deleted, and lets them go when nothing is left.</summary>
public sealed class NamespaceController : IController
{
    private const string Finalizer = "kubernetes";

    /// <summary>Content ends at the pace of kubelets and finalizers.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Namespace> _client;
    private readonly Informer<V1Namespace> _namespaces;
    private readonly NamespaceContent _content;
    private readonly ControllerLoop<string> _loop;

    public NamespaceController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Namespace>();
        _namespaces = context.Informers.For<V1Namespace>();
        _content = new NamespaceContent(context.Client, new ResourceDiscovery(context.Client));
        _loop = context.Loop<string>("namespace", SyncAsync);
        _namespaces.AddHandler(Enqueue, (_, now) => Enqueue(now));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(_context.Options.ConcurrentNamespaceSyncs, cancel);

    private void Enqueue(V1Namespace ns)
    {
        if (ns.Metadata.DeletionTimestamp is not null)
            _loop.Queue.Add(ns.Metadata.Name);
    }

    private async Task SyncAsync(string name, CancellationToken cancel)
    {
        var ns = await _client.FindAsync(null, name, cancel);
        if (ns?.Metadata.DeletionTimestamp is null || ns.Spec?.Finalizers?.Contains(Finalizer) != true)
            return;
        var remains = await _content.DeleteAsync(name, cancel);
        ns = await ReportAsync(ns, remains, cancel);
        if (remains.IsEmpty)
            await FinalizeAsync(ns, cancel);
        else
            _loop.Queue.AddAfter(name, LookAgain);
    }

    private async Task<V1Namespace> ReportAsync(V1Namespace ns, Remains remains, CancellationToken cancel)
    {
        var status = (ns.Status ?? new()) with { Phase = "Terminating", Conditions = NamespaceConditions.Of(remains, ns.Status?.Conditions, _context.Now) };
        return Json.Same(ns.Status, status) ? ns : await _client.UpdateStatusAsync(ns with { Status = status }, cancel);
    }

    private async Task FinalizeAsync(V1Namespace ns, CancellationToken cancel)
    {
        var rest = ns.Spec.Finalizers.Where(f => f != Finalizer).ToList();
        try
        {
            await _client.UpdateAsync(ns with { Spec = ns.Spec with { Finalizers = rest } }, "finalize", cancel);
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            // It went with its last content.
        }
    }
}
