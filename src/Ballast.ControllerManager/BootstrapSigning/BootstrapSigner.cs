using System.Security.Cryptography;
using System.Text;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using Ballast.ControllerManager.BootstrapTokens;
using k8s.Models;

namespace Ballast.ControllerManager.BootstrapSigning;

/// <summary>
/// Signs the kubeconfig in the ConfigMap <c>kube-public/cluster-info</c> with every bootstrap token that may sign, so that a host which knows nothing but its
/// token can tell that the cluster's address and CA come from somebody who knows it too. The signature is a JWS with its payload left out.
/// </summary>
public sealed class BootstrapSigner : IController
{
    private const string MapName = "cluster-info";
    private const string MapNamespace = "kube-public";
    private const string ContentKey = "kubeconfig";
    private const string SignaturePrefix = "jws-kubeconfig-";

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1ConfigMap> _maps;
    private readonly Informer<V1ConfigMap> _map;
    private readonly Informer<V1Secret> _secrets;
    private readonly ControllerLoop<string> _loop;

    public BootstrapSigner(ControllerContext context)
    {
        _context = context;
        _maps = context.Client.Resources<V1ConfigMap>();
        _map = context.Informers.For<V1ConfigMap>(ListScope.One(MapNamespace, MapName));
        _secrets = context.Informers.For<V1Secret>(new ListScope(BootstrapToken.Namespace, FieldSelector: BootstrapToken.FieldSelector));
        _loop = context.Loop<string>("bootstrap_signer_queue", SyncAsync);
        _map.AddHandler(_ => _loop.Queue.Add(MapName));
        _secrets.AddHandler(_ => _loop.Queue.Add(MapName));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(workers: 1, cancel);

    private async Task SyncAsync(string name, CancellationToken cancel)
    {
        if (_map.Store.Get(MapNamespace, name) is not { } map || map.Data is null || !map.Data.TryGetValue(ContentKey, out var content))
            return;
        var tokens = _secrets.Store.List().Select(BootstrapToken.Of).OfType<BootstrapToken>()
            .Where(t => t.MaySign && (t.Expiration is null || t.Expiration > _context.Now)).ToList();
        var data = map.Data.Where(d => !d.Key.StartsWith(SignaturePrefix, StringComparison.Ordinal)).ToDictionary(d => d.Key, d => d.Value);
        foreach (var token in tokens)
            data[SignaturePrefix + token.Id] = DetachedSignature(content, token);
        if (data.Count != map.Data.Count || data.Any(d => !map.Data.TryGetValue(d.Key, out var was) || was != d.Value))
            await _maps.UpdateAsync(map with { Data = data }, cancel);
        // A token's signature goes when the token expires, even if its secret stays.
        if (tokens.Min(t => t.Expiration) is { } next)
            _loop.Queue.AddAfter(name, BootstrapToken.LookAgainIn(next - _context.Now));
    }

    private static string DetachedSignature(string content, BootstrapToken token)
    {
        var header = Base64Url($$"""{"alg":"HS256","kid":"{{token.Id}}"}""");
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(token.Secret), Encoding.ASCII.GetBytes($"{header}.{Base64Url(content)}"));
        return $"{header}..{System.Buffers.Text.Base64Url.EncodeToString(signature)}";
    }

    private static string Base64Url(string text) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
