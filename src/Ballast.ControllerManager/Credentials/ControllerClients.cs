using Ballast.Client;

namespace Ballast.ControllerManager.Credentials;

/// <summary>
/// A client for each controller: under its own ServiceAccount with <c>--use-service-account-credentials</c>, so that it may do what its
/// bootstrap role allows and no more; else under the manager's credentials. Writes are refused once the leadership is over.
/// </summary>
internal sealed class ControllerClients(ApiClient manager, string kubeconfig, bool useServiceAccounts, Func<bool> mayWrite, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, ApiClient> _clients = [];
    private readonly List<IDisposable> _owned = [];
    private readonly TokenClients? _tokenClients = useServiceAccounts ? ClientFactory.CreateTokenClients(kubeconfig, mayWrite) : null;

    public ApiClient For(string identity)
    {
        if (_clients.TryGetValue(identity, out var known))
            return known;
        ApiClient made;
        if (_tokenClients is null)
            made = ClientFactory.Create(kubeconfig, $"kube-controller-manager/{identity}", mayWrite);
        else
        {
            var tokens = new ServiceAccountTokens(manager, identity, time);
            _owned.Add(tokens);
            made = _tokenClients.Create($"kube-controller-manager/system:serviceaccount:kube-system:{identity}", tokens);
        }
        _owned.Add(made);
        return _clients[identity] = made;
    }

    public void Dispose()
    {
        _owned.ForEach(o => o.Dispose());
        _tokenClients?.Dispose();
    }
}
