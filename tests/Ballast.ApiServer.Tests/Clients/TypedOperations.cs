using System.Collections;
using System.Reflection;
using k8s;
using k8s.Models;

namespace Ballast.ApiServer.Tests.Clients;

/// <summary>
/// One kind's operations of the typed client, by their names: <c>ReadNamespacedPod</c> of <c>CoreV1</c>. Arguments go by the parameters' names; what is not named
/// keeps its default.
/// </summary>
internal sealed class TypedOperations
{
    private readonly string _ns;
    private readonly string _kind;
    private readonly string _scope;
    private readonly object _group;
    private readonly Type _operations;

    public TypedOperations(IKubernetes client, string apiVersionAndKind, string ns)
    {
        var parts = apiVersionAndKind.Split('/');
        var group = parts.Length == 3 ? parts[0] : "core";
        var property = string.Concat(group.Replace(".k8s.io", "", StringComparison.Ordinal).Split('.').Append(parts[^2]).Select(Capital));
        var found = typeof(Kubernetes).GetInterfaces().Select(i => i.GetProperty(property)).FirstOrDefault(p => p is not null)
            ?? throw new InvalidOperationException($"the client has no {property}");
        (_group, _operations) = (found.GetValue(client)!, found.PropertyType);
        _kind = parts[^1];
        _ns = ns;
        _scope = Find($"CreateNamespaced{_kind}") is null ? "" : "Namespaced";
    }

    /// <summary>True where the client reads this subresource, which answers with an object of the same name.</summary>
    public bool Reads(string subresource) => Find($"Read{_scope}{_kind}{subresource}") is not null;

    public Task<IKubernetesObject<V1ObjectMeta>> CreateAsync(IKubernetesObject<V1ObjectMeta> body, CancellationToken cancel) =>
        CallAsync<IKubernetesObject<V1ObjectMeta>>("Create", new() { ["body"] = body }, cancel);

    public Task<IKubernetesObject<V1ObjectMeta>> ReadAsync(string name, CancellationToken cancel, string subresource = "") =>
        CallAsync<IKubernetesObject<V1ObjectMeta>>("Read", new() { ["name"] = name }, cancel, subresource);

    public async Task<IReadOnlyList<IKubernetesObject<V1ObjectMeta>>> ListAsync(CancellationToken cancel)
    {
        var list = await CallAsync<IKubernetesObject<V1ListMeta>>("List", [], cancel);
        return [.. ((IEnumerable)list.GetType().GetProperty("Items")!.GetValue(list)!).Cast<IKubernetesObject<V1ObjectMeta>>()];
    }

    public Task<IKubernetesObject<V1ObjectMeta>> ReplaceAsync(IKubernetesObject<V1ObjectMeta> body, CancellationToken cancel) =>
        CallAsync<IKubernetesObject<V1ObjectMeta>>("Replace", new() { ["body"] = body, ["name"] = body.Name() }, cancel);

    public Task<IKubernetesObject<V1ObjectMeta>> PatchAsync(string name, V1Patch patch, CancellationToken cancel)
    {
        var arguments = new Dictionary<string, object> { ["body"] = patch, ["name"] = name };
        if (patch.Type == V1Patch.PatchType.ApplyPatch)
            (arguments["fieldManager"], arguments["force"]) = ("typed", true);
        return CallAsync<IKubernetesObject<V1ObjectMeta>>("Patch", arguments, cancel);
    }

    /// <summary>What the client takes the answer for: the object, or a Status.</summary>
    public Task<object> DeleteAsync(string name, CancellationToken cancel) =>
        CallAsync<object>("Delete", new() { ["name"] = name, ["gracePeriodSeconds"] = 0, ["propagationPolicy"] = "Background" }, cancel);

    /// <summary>False where the kind has none.</summary>
    public async Task<bool> DeleteCollectionAsync(string labels, CancellationToken cancel)
    {
        if (Find($"DeleteCollection{_scope}{_kind}") is null)
            return false;
        _ = await CallAsync<object>("DeleteCollection", new() { ["labelSelector"] = labels, ["propagationPolicy"] = "Background" }, cancel);
        return true;
    }

    private async Task<T> CallAsync<T>(string verb, Dictionary<string, object> arguments, CancellationToken cancel, string subresource = "")
    {
        var operation = $"{verb}{_scope}{_kind}{subresource}";
        var method = Find(operation) ?? throw new InvalidOperationException($"{_operations.Name} has no {operation}");
        arguments["namespaceParameter"] = _ns;
        arguments["cancellationToken"] = cancel;
        var values = method.GetParameters().Select(p => arguments.GetValueOrDefault(p.Name!) ?? Type.Missing).ToArray();
        var call = (Task)method.Invoke(_group, BindingFlags.OptionalParamBinding, null, values, null)!;
        await call;
        var answer = call.GetType().GetProperty("Result")!.GetValue(call)!;
        using var _ = answer as IDisposable;
        return (T)answer.GetType().GetProperty("Body")!.GetValue(answer)!;
    }

    private MethodInfo? Find(string operation) => _operations.GetMethods()
        .FirstOrDefault(m => m.Name == operation + "WithHttpMessagesAsync" && !m.IsGenericMethod);

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
