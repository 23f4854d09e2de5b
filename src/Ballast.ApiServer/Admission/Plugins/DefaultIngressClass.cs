using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>An ingress that names no class gets the default one, if there is one.</summary>
internal sealed class DefaultIngressClass(AdmissionObjects objects) : IMutatingAdmission
{
    private const string OldClass = "kubernetes.io/ingress.class";
    private static readonly GroupResource Classes = new("networking.k8s.io", "ingressclasses");

    public string Name => "DefaultIngressClass";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("networking.k8s.io", "ingresses") || attributes.Document is not { } ingress)
            return;
        var spec = ingress.ObjectAt("spec");
        if (spec["ingressClassName"] is not null || ingress.Annotations?.ContainsKey(OldClass) == true)
            return;
        if (DefaultClass.Newest(await objects.ListAsync(Classes, "", cancel), "ingressclass.kubernetes.io/is-default-class") is { } chosen)
            spec["ingressClassName"] = chosen.Name;
    }
}
