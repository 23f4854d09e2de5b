using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal static class SecurityContextValidation
{
    private const long MaxId = int.MaxValue;

    public static void CheckPod(Field context)
    {
        Id(context["runAsUser"]);
        Id(context["runAsGroup"]);
        Id(context["fsGroup"]);
        foreach (var group in context["supplementalGroups"].Items)
            Id(group);
        context["fsGroupChangePolicy"].OneOf("Always", "OnRootMismatch");
        context["supplementalGroupsPolicy"].OneOf("Merge", "Strict");
        foreach (var sysctl in context["sysctls"].Items)
        {
            if (sysctl["name"].Required() && (sysctl["name"].Text.Length > 253 || !sysctl["name"].Text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.' or '/')))
                sysctl["name"].Invalid("must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
        }
        context["sysctls"].UniqueItems("name");
        Profile(context["seccompProfile"]);
        Profile(context["appArmorProfile"]);
    }

    public static void CheckContainer(Field context)
    {
        Id(context["runAsUser"]);
        Id(context["runAsGroup"]);
        context["procMount"].OneOf("Default", "Unmasked");
        Profile(context["seccompProfile"]);
        Profile(context["appArmorProfile"]);
        var escalation = context["allowPrivilegeEscalation"];
        if (!escalation.IsPresent || escalation.IsTrue)
            return;
        if (context["privileged"].IsTrue)
            context.Invalid("cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
        if (context["capabilities"]["add"].Items.Any(c => c.Text == "CAP_SYS_ADMIN"))
            context.Invalid("cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
    }

    private static void Id(Field id)
    {
        if (id.Number is < 0 or > MaxId)
            id.Invalid("must be between 0 and 2147483647, inclusive");
    }

    private static void Profile(Field profile)
    {
        if (!profile.IsPresent)
            return;
        profile["type"].RequiredOneOf("Localhost", "RuntimeDefault", "Unconfined");
        var local = profile["localhostProfile"];
        if (profile["type"].Text == "Localhost")
            local.Required("must be set when seccomp type is Localhost");
        else if (local.IsPresent)
            local.Invalid("can only be set when seccomp type is Localhost");
    }
}
