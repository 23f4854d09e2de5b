using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.ServiceAccounts;

/// <summary>Every namespace has a ServiceAccount <c>default</c>: pods that name none run as it.</summary>
public sealed class ServiceAccountController : IController
{
    private const string Default = "default";

    private readonly int _workers;
    private readonly ResourceClient<V1ServiceAccount> _accounts;
    private readonly Informer<V1Namespace> _namespaces;
    private readonly Informer<V1ServiceAccount> _known;
    private readonly ControllerLoop<string> _loop;

    public ServiceAccountController(ControllerContext context)
    {
        _workers = context.Options.ConcurrentServiceAccountSyncs;
        _accounts = context.Client.Resources<V1ServiceAccount>();
        _namespaces = context.Informers.For<V1Namespace>();
        _known = context.Informers.For<V1ServiceAccount>();
        _loop = context.Loop<string>("serviceaccount", SyncAsync);
        _namespaces.AddHandler(n => _loop.Queue.Add(n.Metadata.Name), (_, n) => _loop.Queue.Add(n.Metadata.Name));
        _known.AddHandler(deleted: a => _loop.Queue.Add(a.Metadata.NamespaceProperty));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(_workers, cancel);

    private async Task SyncAsync(string name, CancellationToken cancel)
    {
        if (_namespaces.Store.Get("", name) is not { Metadata.DeletionTimestamp: null } || _known.Store.Get(name, Default) is not null)
            return;
        try
        {
            await _accounts.CreateAsync(new() { Metadata = new() { Name = Default, NamespaceProperty = name } }, cancel);
        }
        catch (HttpOperationException e) when (e.IsAlreadyExists || e.IsNamespaceTerminating || e.IsNotFound)
        {
            // Somebody was faster, or the namespace is going away: either way there is nothing left to do.
        }
    }
}
