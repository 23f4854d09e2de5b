using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using Ballast.ControllerManager.BootstrapTokens;
using k8s.Models;

namespace Ballast.ControllerManager.TokenCleaning;

/// <summary>Deletes bootstrap tokens when they expire.</summary>
public sealed class TokenCleaner : IController
{
    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Secret> _client;
    private readonly Informer<V1Secret> _secrets;
    private readonly ControllerLoop<ObjectKey> _loop;

    public TokenCleaner(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Secret>();
        _secrets = context.Informers.For<V1Secret>(new ListScope(BootstrapToken.Namespace, FieldSelector: BootstrapToken.FieldSelector));
        _loop = context.Loop<ObjectKey>("token_cleaner", SyncAsync);
        _secrets.AddHandler(s => _loop.Queue.Add(ObjectKey.Of(s)), (_, s) => _loop.Queue.Add(ObjectKey.Of(s)));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(workers: 1, cancel);

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        if (_secrets.Store.Get(key) is not { } secret || BootstrapToken.Of(secret) is not { Expiration: { } expires })
            return;
        if (expires > _context.Now)
            _loop.Queue.AddAfter(key, BootstrapToken.LookAgainIn(expires - _context.Now));
        else
            await _client.TryDeleteAsync(key.Namespace, key.Name, secret.Metadata.Uid, cancel);
    }
}
