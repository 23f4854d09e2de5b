using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.RootCertificates;

/// <summary>Every namespace has a ConfigMap <c>kube-root-ca.crt</c> with the CA that pods verify the API server with.</summary>
public sealed class RootCertificatePublisher : IController
{
    private const string MapName = "kube-root-ca.crt";
    private const string Key = "ca.crt";
    private const string DescriptionAnnotation = "kubernetes.io/description";
    private const string Description = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. "
        + "No other usage is guaranteed across distributions of Kubernetes clusters.";

    private readonly string _certificates;
    private readonly ResourceClient<V1ConfigMap> _maps;
    private readonly Informer<V1Namespace> _namespaces;
    private readonly Informer<V1ConfigMap> _known;
    private readonly ControllerLoop<string> _loop;

    /// <param name="context">What it works with.</param>
    /// <param name="certificates">The CA bundle, PEM.</param>
    public RootCertificatePublisher(ControllerContext context, string certificates)
    {
        _certificates = certificates;
        _maps = context.Client.Resources<V1ConfigMap>();
        _namespaces = context.Informers.For<V1Namespace>();
        _known = context.Informers.For<V1ConfigMap>(new ListScope(FieldSelector: $"metadata.name={MapName}"));
        _loop = context.Loop<string>("root_ca_cert_publisher", SyncAsync);
        _namespaces.AddHandler(n => _loop.Queue.Add(n.Metadata.Name), (_, n) => _loop.Queue.Add(n.Metadata.Name));
        _known.AddHandler(null, (_, m) => _loop.Queue.Add(m.Metadata.NamespaceProperty), m => _loop.Queue.Add(m.Metadata.NamespaceProperty));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(workers: 1, cancel);

    private async Task SyncAsync(string name, CancellationToken cancel)
    {
        if (_namespaces.Store.Get("", name) is not { Metadata.DeletionTimestamp: null })
            return;
        var found = _known.Store.Get(name, MapName);
        if (found is not null && IsRight(found))
            return;
        try
        {
            if (found is null)
                await _maps.CreateAsync(Right(new() { Metadata = new() { Name = MapName, NamespaceProperty = name } }), cancel);
            else
                await _maps.UpdateAsync(Right(found), cancel);
        }
        catch (HttpOperationException e) when (e.IsAlreadyExists || e.IsNamespaceTerminating || e.IsNotFound)
        {
            // Somebody was faster (the informer will show it), or the namespace is going away.
        }
    }

    private bool IsRight(V1ConfigMap map) =>
        map.Data is { Count: 1 } data && data.TryGetValue(Key, out var value) && value == _certificates
        && map.Metadata.Annotations?.ContainsKey(DescriptionAnnotation) == true;

    private V1ConfigMap Right(V1ConfigMap map)
    {
        var annotations = new Dictionary<string, string>(map.Metadata.Annotations ?? new Dictionary<string, string>()) { [DescriptionAnnotation] = Description };
        return map with
        {
            Metadata = map.Metadata with { Annotations = annotations },
            Data = new Dictionary<string, string> { [Key] = _certificates },
        };
    }
}
