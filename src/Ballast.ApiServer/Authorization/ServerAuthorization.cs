using Ballast.ApiServer.Authorization.Node;
using Ballast.ApiServer.Authorization.Rbac;
using Ballast.ApiServer.Bootstrap;
using Ballast.ApiServer.Registry;
using Ballast.ComponentBase.Commands;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Authorization;

/// <summary>The authorization of a server, as <c>--authorization-mode</c> asks for it. Usable once <see cref="RunAsync"/> has read the objects it decides by.</summary>
public sealed class ServerAuthorization
{
    private readonly List<IAuthorizer> _authorizers = [new PrivilegedGroupAuthorizer("system:masters")];
    private readonly List<IRuleResolver> _resolvers = [];
    private readonly List<Func<CancellationToken, Task>> _background = [];

    /// <param name="modes">In order: <c>Node</c>, <c>RBAC</c>, <c>AlwaysAllow</c>, <c>AlwaysDeny</c>.</param>
    /// <param name="catalog">Read once <see cref="RunAsync"/> is called; may still be empty now.</param>
    /// <param name="time">For the pauses between watches.</param>
    /// <param name="logs">For watches that end.</param>
    /// <exception cref="UsageException">An unknown or repeated mode, or none.</exception>
    public ServerAuthorization(IReadOnlyList<string> modes, IResourceCatalog catalog, TimeProvider time, ILoggerFactory logs)
    {
        if (modes.Count == 0)
            throw new UsageException("at least one authorization-mode must be passed");
        if (modes.Distinct().Count() < modes.Count)
            throw new UsageException($"authorization-mode [{string.Join(' ', modes)}] has mode specified more than once");
        var log = logs.CreateLogger("Authorization");
        foreach (var mode in modes)
        {
            switch (mode)
            {
                case "Node": AddNode(new NodeGraph(catalog, time, log)); break;
                case "RBAC": AddRbac(new RbacObjects(catalog, time, log)); break;
                case "AlwaysAllow": _authorizers.Add(FixedAuthorizer.AlwaysAllow); break;
                case "AlwaysDeny": _authorizers.Add(FixedAuthorizer.AlwaysDeny); break;
                default: throw new UsageException($"authorization-mode \"{mode}\" is not a valid mode (valid modes: Node, RBAC, AlwaysAllow, AlwaysDeny)");
            }
        }
        Authorizer = new AuthorizerChain(_authorizers);
        Rules = new RuleResolverChain(_resolvers);
    }

    public IAuthorizer Authorizer { get; }

    public IRuleResolver Rules { get; }

    /// <summary>Follows the objects that decisions are made by, until <paramref name="cancel"/> fires.</summary>
    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(_background.Select(run => run(cancel)));

    private void AddNode(NodeGraph graph)
    {
        var authorizer = new NodeAuthorizer(graph, DefaultClusterRoles.Roles.Single(r => r.Name == "system:node").Rules);
        _authorizers.Add(authorizer);
        _resolvers.Add(authorizer);
        _background.Add(graph.RunAsync);
    }

    private void AddRbac(RbacObjects objects)
    {
        _authorizers.Add(new RbacAuthorizer(objects));
        _resolvers.Add(objects);
        _background.Add(objects.RunAsync);
    }
}
