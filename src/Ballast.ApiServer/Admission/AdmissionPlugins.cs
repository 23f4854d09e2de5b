using Ballast.ApiServer.Admission.Plugins;
using Ballast.ApiServer.Admission.Plugins.LimitRanger;
using Ballast.ApiServer.Admission.Plugins.NodeRestriction;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Authorization.Rbac;
using Ballast.ApiServer.Registry;
using Ballast.ComponentBase.Commands;

namespace Ballast.ApiServer.Admission;

/// <summary>
/// The admission plugins in upstream's order, which is the order they run in whatever the flags' order. The built-in ones come before webhooks, which see what
/// they made of the object, and quotas come last, when the object is final.
/// </summary>
public static class AdmissionPlugins
{
    private static readonly IReadOnlyList<Entry> Ordered =
    [
        new("NamespaceLifecycle", true, p => new NamespaceLifecycle(p.Objects)),
        new("LimitRanger", true, p => new LimitRanger(p.Objects)),
        new("ServiceAccount", true, p => new ServiceAccount(p.Objects, p.Time)),
        new("NodeRestriction", false, p => new NodeRestriction(p.Objects)),
        new("TaintNodesByCondition", true, _ => new TaintNodesByCondition()),
        new("AlwaysPullImages", false, null),
        new("ImagePolicyWebhook", false, null),
        new("PodSecurity", true, null),
        new("PodNodeSelector", false, null),
        new("Priority", true, p => new Priority(p.Objects)),
        new("DefaultTolerationSeconds", true, _ => new DefaultTolerationSeconds()),
        new("PodTolerationRestriction", false, null),
        new("EventRateLimit", false, null),
        new("ExtendedResourceToleration", false, null),
        new("DefaultStorageClass", true, p => new DefaultStorageClass(p.Objects)),
        new("StorageObjectInUseProtection", true, _ => new StorageObjectInUseProtection()),
        new("OwnerReferencesPermissionEnforcement", false, null),
        new("PersistentVolumeClaimResize", true, p => new PersistentVolumeClaimResize(p.Objects)),
        new("RuntimeClass", true, p => new RuntimeClass(p.Objects)),
        new("CertificateApproval", true, p => new CertificateApproval(p.Authorization.Authorizer)),
        new("CertificateSigning", true, p => new CertificateSigning(p.Authorization.Authorizer)),
        new("ClusterTrustBundleAttest", true, null),
        new("CertificateSubjectRestriction", true, _ => new CertificateSubjectRestriction()),
        new("DefaultIngressClass", true, p => new DefaultIngressClass(p.Objects)),
        new("PodTopologyLabels", true, p => new PodTopologyLabels(p.Objects)),
        new("DenyServiceExternalIPs", false, null),
        new("MutatingAdmissionPolicy", true, null),
        new("MutatingAdmissionWebhook", true, null),
        new("ValidatingAdmissionPolicy", true, null),
        new("ValidatingAdmissionWebhook", true, null),
        new("ResourceQuota", true, null),
    ];

    /// <summary>The plugins of a server, in the order they run.</summary>
    /// <param name="enable"><c>--enable-admission-plugins</c>, beside those on by default.</param>
    /// <param name="disable"><c>--disable-admission-plugins</c>.</param>
    /// <param name="catalog">Read when writes come; may still be empty now.</param>
    /// <param name="authorization">Asked for rights that a write needs beside its own.</param>
    /// <param name="time">For short waits.</param>
    /// <exception cref="UsageException">An unknown name, one that is both on and off, or one enabled that this server does not have.</exception>
    public static IReadOnlyList<IAdmissionPlugin> Create(
        IReadOnlyList<string> enable, IReadOnlyList<string> disable, IResourceCatalog catalog, ServerAuthorization authorization, TimeProvider time)
    {
        CheckKnown("enable-admission-plugins", enable);
        CheckKnown("disable-admission-plugins", disable);
        if (enable.Intersect(disable).FirstOrDefault() is { } both)
            throw new UsageException($"[{both}] in enable-admission-plugins and disable-admission-plugins overlapped");
        if (Ordered.FirstOrDefault(e => e.Make is null && enable.Contains(e.Name)) is { } missing)
            throw new UsageException($"enable-admission-plugins plugin \"{missing.Name}\" is not available in this server");
        var parts = new Parts(new AdmissionObjects(catalog), authorization, time);
        return
        [
            .. Ordered.Where(e => (e.OnByDefault || enable.Contains(e.Name)) && !disable.Contains(e.Name)).Select(e => e.Make?.Invoke(parts)).OfType<IAdmissionPlugin>(),
            new RbacEscalation(authorization.Authorizer, authorization.Rules, new RoleRules(catalog)),
        ];
    }

    private static void CheckKnown(string flag, IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => Ordered.All(e => e.Name != name)) is { } unknown)
            throw new UsageException($"{flag} plugin \"{unknown}\" is unknown");
    }

    private sealed record Parts(AdmissionObjects Objects, ServerAuthorization Authorization, TimeProvider Time);

    /// <param name="Name">Upstream's.</param>
    /// <param name="OnByDefault">Upstream's default.</param>
    /// <param name="Make">Null where only the place in the order is known.</param>
    private sealed record Entry(string Name, bool OnByDefault, Func<Parts, IAdmissionPlugin>? Make);
}
