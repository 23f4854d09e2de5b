using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Networking;

internal sealed class IngressClassStrategy : ResourceStrategy
{
    public override void Default(JsonObject document) => document.Object("spec", "parameters")?.SetDefault("scope", "Cluster");

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["controller"].MaxLength(250);
        spec["controller"].DomainPrefixedPath();
        var parameters = spec["parameters"];
        if (parameters.IsPresent)
            CheckParameters(parameters);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["spec"]["controller"].Immutable(old.Node("spec", "controller"));
    }

    private static void CheckParameters(Field parameters)
    {
        TypedReferences.Check(parameters);
        parameters["scope"].RequiredOneOf("Cluster", "Namespace");
        var ns = parameters["namespace"];
        if (parameters["scope"].Text == "Cluster" && ns.IsPresent)
            ns.Forbidden("`parameters.scope` is set to 'Cluster'");
        if (parameters["scope"].Text != "Namespace")
            return;
        if (ns.IsPresent)
            ns.Invalid(NameRules.DnsLabel(ns.Text));
        else
            ns.Missing("`parameters.scope` is set to 'Namespace'");
    }
}
