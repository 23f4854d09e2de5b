using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Containers of a pod spec: the ordinary ones, the init containers (sidecars among them), and those added to a running pod.</summary>
/// <param name="spec">The pod's spec.</param>
internal sealed class ContainerValidation(Field spec)
{
    private readonly HashSet<string> _names = [];
    private readonly HashSet<string> _volumes = [.. spec["volumes"].Items.Select(v => v["name"].Text)];
    private readonly long _gracePeriod = spec["terminationGracePeriodSeconds"].Number ?? 30;

    public void CheckAll()
    {
        if (spec["containers"].IsEmpty)
            spec["containers"].Missing();
        foreach (var container in spec["containers"].Items)
        {
            CheckCommon(container);
            CheckHooks(container);
        }
        foreach (var container in spec["initContainers"].Items)
            CheckInit(container);
        foreach (var container in spec["ephemeralContainers"].Items)
            CheckEphemeral(container);
        CheckHostPorts();
    }

    private void CheckInit(Field container)
    {
        CheckCommon(container);
        if (container["restartPolicy"].Text == "Always")
        {
            CheckHooks(container);
            return;
        }
        if (container["restartPolicy"].IsPresent && container["restartPolicy"].Text is not ("Never" or "OnFailure"))
            container["restartPolicy"].OneOf("Always");
        foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"])
        {
            if (container[probe].IsPresent)
                container[probe].Forbidden("may not be set for init containers without restartPolicy=Always");
        }
    }

    private void CheckEphemeral(Field container)
    {
        CheckCommon(container);
        foreach (var field in (ReadOnlySpan<string>)["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"])
        {
            if (!container[field].IsEmpty)
                container[field].Forbidden("cannot be set for an Ephemeral Container");
        }
        if (container["resources"]["limits"].IsPresent || container["resources"]["requests"].IsPresent)
            container["resources"].Forbidden("cannot be set for an Ephemeral Container");
        var target = container["targetContainerName"];
        if (!target.IsEmpty && !spec["containers"].Items.Concat(spec["initContainers"].Items).Any(c => c["name"].Text == target.Text))
            target.NotFound();
        foreach (var mount in container["volumeMounts"].Items)
        {
            if (!mount["subPath"].IsEmpty)
                mount["subPath"].Forbidden("cannot be set for an Ephemeral Container");
        }
    }

    private void CheckCommon(Field container)
    {
        var name = container["name"];
        if (name.Required())
        {
            name.DnsLabel();
            if (!_names.Add(name.Text))
                name.Duplicate();
        }
        var image = container["image"];
        if (image.Required() && image.Text != image.Text.Trim())
            image.Invalid("must not have leading or trailing whitespace");
        container["imagePullPolicy"].RequiredOneOf("Always", "IfNotPresent", "Never");
        container["terminationMessagePolicy"].RequiredOneOf("FallbackToLogsOnError", "File");
        CheckPorts(container["ports"]);
        EnvironmentValidation.Check(container);
        CheckMounts(container);
        ResourceRequirements.Check(container["resources"]);
        SecurityContextValidation.CheckContainer(container["securityContext"]);
    }

    private void CheckHooks(Field container)
    {
        ProbeValidation.CheckLifecycle(container["lifecycle"], _gracePeriod);
        ProbeValidation.CheckProbe(container["livenessProbe"], onceIsEnough: true);
        ProbeValidation.CheckProbe(container["startupProbe"], onceIsEnough: true);
        ProbeValidation.CheckProbe(container["readinessProbe"], onceIsEnough: false);
    }

    private static void CheckPorts(Field ports)
    {
        var names = new HashSet<string>();
        foreach (var port in ports.Items)
        {
            port["name"].PortName();
            if (!port["name"].IsEmpty && !names.Add(port["name"].Text))
                port["name"].Duplicate();
            if (port["containerPort"].Number is null or 0)
                port["containerPort"].Missing();
            else
                port["containerPort"].Port();
            if (port["hostPort"].Number is not (null or 0))
                port["hostPort"].Port();
            port["protocol"].RequiredOneOf("SCTP", "TCP", "UDP");
            port["hostIP"].Ip();
        }
    }

    /// <summary>Two containers of one pod cannot have the same port of the host.</summary>
    private void CheckHostPorts()
    {
        var onHost = spec["hostNetwork"].IsTrue;
        var taken = new HashSet<string>();
        foreach (var port in spec["containers"].Items.SelectMany(c => c["ports"].Items))
        {
            if (onHost && port["hostPort"].Number != port["containerPort"].Number)
                port["containerPort"].At(port["hostPort"].Path).Invalid("must match `containerPort` when `hostNetwork` is true");
            if (port["hostPort"].Number is not (null or 0) and var number && !taken.Add($"{port["protocol"].Text}/{port["hostIP"].Text}/{number}"))
                port["hostPort"].Duplicate();
        }
    }

    private void CheckMounts(Field container)
    {
        var paths = new HashSet<string>();
        foreach (var mount in container["volumeMounts"].Items)
        {
            if (mount["name"].Required() && !_volumes.Contains(mount["name"].Text))
                mount["name"].NotFound();
            if (mount["mountPath"].Required() && !paths.Add(mount["mountPath"].Text))
                mount["mountPath"].Invalid("must be unique");
            if (!mount["subPath"].IsEmpty && !mount["subPathExpr"].IsEmpty)
                mount["subPathExpr"].Invalid("subPathExpr and subPath are mutually exclusive");
            LocalPath(mount["subPath"]);
            LocalPath(mount["subPathExpr"]);
            mount["mountPropagation"].OneOf("Bidirectional", "HostToContainer", "None");
            if (mount["mountPropagation"].Text == "Bidirectional" && !container["securityContext"]["privileged"].IsTrue)
                mount["mountPropagation"].Forbidden("Bidirectional mount propagation is available only to privileged containers");
            mount["recursiveReadOnly"].OneOf("Disabled", "Enabled", "IfPossible");
        }
        foreach (var device in container["volumeDevices"].Items)
        {
            if (device["name"].Required() && !_volumes.Contains(device["name"].Text))
                device["name"].NotFound();
            if (device["devicePath"].Required() && !paths.Add(device["devicePath"].Text))
                device["devicePath"].Invalid("must be unique");
        }
    }

    /// <summary>A path that stays below where it is put.</summary>
    public static void LocalPath(Field path)
    {
        if (path.Text.StartsWith('/'))
            path.Invalid("must be a relative path");
        NoBacksteps(path);
    }

    public static void NoBacksteps(Field path)
    {
        if (path.Text.Split('/').Contains(".."))
            path.Add(FieldError.Invalid(path.Path, path.Text, "must not contain '..'"));
    }
}
